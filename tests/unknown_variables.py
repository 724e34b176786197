"""Find variables that templates name and no view gives. Django renders nothing for them, so nobody notices a typo."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.template.base import FilterExpression, Variable, VariableDoesNotExist

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


@contextmanager
def noted() -> Iterator[set[tuple[str, str]]]:
    """The expressions with an unknown variable that are rendered meanwhile, each with the template of its page."""
    found: set[tuple[str, str]] = set()
    original = FilterExpression.resolve

    def resolve(self, context, ignore_failures=False):
        # `{% if name %}`, which ignores failures, and `name|default:…` are how a template says that there may be none.
        has_default = any(filter_.__name__ == "default" for filter_, _arguments in self.filters)
        if isinstance(self.var, Variable) and not ignore_failures and not has_default:
            try:
                self.var.resolve(context)
            except VariableDoesNotExist:
                found.add((context.render_context.template.name, self.token))
        return original(self, context, ignore_failures)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FilterExpression, "resolve", resolve)
        yield found
