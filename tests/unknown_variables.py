"""Find variables that templates name and no view gives. Django renders nothing for them, so nobody notices a typo."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.template import Engine
from django.template.base import FilterExpression

# Template and expression: those that are missing on purpose.
MEANT = {
    # Pages outside the sections of the menu.
    ("base.html", "section"),
    # One form may have what the other lacks, such as the key that makes sending twice harmless.
    ("base.html", "form.key"),
    ("base.html", "form.seen"),
    ("base.html", "form.version"),
    # A compound without a venue.
    ("consultation/_island.html", "compound.venues.0"),
    # The script fills in the empty item.
    ("demands/_similar_item.html", "demand.title"),
}


class _Noting(str):
    """The engine's empty `string_if_invalid`, which Django looks at where a variable is unknown, and nowhere else.

    So resolving the thousands that are known costs nothing. `{% if name %}` does not come here, and `name|default:…`
    is the other way in which a template says that there may be none.
    """

    found: set[tuple[str, str]]

    def __bool__(self) -> bool:
        frame = sys._getframe(1)
        if frame.f_code is FilterExpression.resolve.__code__:
            expression, context = frame.f_locals["self"], frame.f_locals["context"]
            if all(filter_.__name__ != "default" for filter_, _arguments in expression.filters):
                self.found.add((context.render_context.template.name, expression.token))
        return False


@contextmanager
def noted() -> Iterator[set[tuple[str, str]]]:
    """The expressions with an unknown variable that are rendered meanwhile, each with the template of its page."""
    noting = _Noting()
    noting.found = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine.get_default(), "string_if_invalid", noting)
        yield noting.found
