"""Tests of properties: how many examples each tries, the same in every run.

`HYPOTHESIS_EXAMPLES=1000 make test ARGS="-k properties"` tries that many of each, other ones each time.
"""

import os

from hypothesis import settings

ASKED = os.environ.get("HYPOTHESIS_EXAMPLES", "")
# Without a deadline, since the first example of a test may wait for a database; without files of what failed before.
settings.register_profile("tests", derandomize=not ASKED, database=None, deadline=None)
settings.load_profile("tests")


def examples(number: int, **values) -> settings:
    """How many examples a test tries in the suite, unless a number was asked for."""
    return settings(max_examples=int(ASKED or number), **values)
