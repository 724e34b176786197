"""The three rates and their editions."""

from . import editions, rates

__all__ = [
    "editions",
    "rates",
]
