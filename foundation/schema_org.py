"""What a page is about, in the words of schema.org, for search engines and other programs.

Data of a page says only what the page itself shows, in the page's language.
"""

from django.utils.translation import gettext as _

from . import portal
from .links import absolute

SCHEMA = "https://schema.org"


def thing(kind: str, *, is_demo: bool = False, **properties) -> dict:
    """Return a thing of this type without the properties that are unknown.

    Args:
        is_demo: say that it is invented.
    """
    if is_demo:
        properties["disambiguatingDescription"] = _("演示数据")
    return {"@type": kind} | {name: value for name, value in properties.items() if value not in (None, "", [])}


def document(*things: dict) -> dict:
    """Return what a page is about: one thing or several."""
    return {"@context": SCHEMA} | (things[0] if len(things) == 1 else {"@graph": list(things)})


def hours(words: str) -> dict | None:
    """Return opening hours in the words of staff, for which schema.org has no property but the description."""
    return thing("OpeningHoursSpecification", description=words) if words else None


def organiser(**more) -> dict:
    """Return who runs this installation, with more properties where wanted."""
    running = portal.shown()
    name = running.organiser_name or str(running)
    return thing("Organization", name=name, url=absolute(running.home), **more)
