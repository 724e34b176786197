"""The files that the page of the rates is computed from, as downloads."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from demands.models import RatesEdition
from demands.statistics import editions, rates
from foundation.feeds import unless_known
from foundation.links import absolute
from foundation.sheets import CSV_TYPE, csv_lines

TITLES = {
    "year-community": gettext_lazy("按年份和社区，含居民评价"),
    "year-category-direction": gettext_lazy("按年份、类别和方向"),
    "month": gettext_lazy("按月份"),
}


def listed(edition: RatesEdition) -> list[tuple[str, str]]:
    """The address and title of each file of an edition."""
    return [(address(of, edition), str(title)) for of, title in TITLES.items()]


def address(of: str, edition: RatesEdition) -> str:
    return reverse("rates_file", args=[of]) + (f"?edition={edition.pk}" if edition.pk else "")


def _asked(request) -> RatesEdition | None:
    """The edition that a page linked to, or the newest; None if it is gone."""
    asked = request.GET.get("edition")
    return editions.newest() if asked is None else editions.find(asked)


@require_safe
def rates_csv(request):
    """The list of the files behind the page, of the edition it showed; if that is gone, redirect to the page."""
    edition = _asked(request)
    if edition is None:
        return redirect("rates")
    rows = [
        (of, " ".join((*columns, *rates.TAIL)), absolute(address(of, edition))) for of, columns in rates.SETS.items()
    ]
    return _download(request, edition, "rates", lambda: csv_lines(("file", "columns", "address"), rows))


@require_safe
def rates_file(request, of: str):
    """One of the files behind the page; as `rates_csv`."""
    if of not in rates.SETS:
        raise Http404
    edition = _asked(request)
    if edition is None:
        return redirect("rates")
    return _download(request, edition, f"rates-{of}", lambda: editions.content(edition, of))


def _download(request, edition: RatesEdition, name: str, content: Callable) -> HttpResponse:
    name = f"{name}-{timezone.localtime(edition.as_of):%Y-%m-%d-%H%M}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return unless_known(
        request,
        lambda: HttpResponse(content(), content_type=CSV_TYPE, headers=headers),
        edition.pk,
        name,
        changed_at=edition.as_of,
    )
