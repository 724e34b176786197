"""The small drawings of a list: a status and a chain. Few kinds of each exist, so each kind is drawn once a process."""

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.translation import get_language

from demands.chain import SHORT
from demands.workflow import DemandStatus

register = template.Library()


@register.simple_tag
def status_pill(status: str) -> str:
    """A status by shape, word and colour."""
    return _pill(status, get_language())


@register.simple_tag
def small_chain(states: tuple[str, ...]) -> str:
    """The six stations by shape and a short word; the large chain has dates and words."""
    return _small_chain(states, get_language())


@lru_cache(maxsize=64)
def _pill(status: str, language: str) -> str:
    return render_to_string("_status.html", {"status": status, "label": DemandStatus(status).label})


@lru_cache(maxsize=512)
def _small_chain(states: tuple[str, ...], language: str) -> str:
    return render_to_string("_chain_small.html", {"stations": list(zip(SHORT.values(), states, strict=True))})
