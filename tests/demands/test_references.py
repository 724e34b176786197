"""References of demands, as people type them."""

import pytest

from demands.models import DemandCounter
from demands.models.references import with_example


@pytest.mark.django_db
def test_an_example_is_of_the_first_prefix_of_the_latest_year_whichever_was_counted_last():
    for prefix, year in (("AA", 2025), ("NH", 2026), ("XX", 2026)):
        DemandCounter.objects.create(prefix=prefix, year=year, last=1)
    # PostgreSQL writes a changed row behind the others.
    DemandCounter.objects.filter(prefix="NH").update(last=2)
    assert str(with_example("%(example)s")) == "NH-2026-00042"
