"""The public list and pages of partners."""

from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from foundation.paging import page_of

from .. import selectors
from ..filters import PartnerFilter
from ..models import Organisation, places
from ..workflow import AgreementStatus
from .agreements import list_context

PER_PAGE = 20
SHOWN = 3  # agreements on a partner's page, and projects


@require_safe
def partner_list(request):
    filters = PartnerFilter(request.GET, request=request, queryset=Organisation.objects.public())
    rows = selectors.organisations.with_work(filters.found().partners_first())
    page = page_of(request, rows, PER_PAGE)
    context = list_context(request, filters, page) | {"figures": selectors.organisations.by_sector(filters.place)}
    for partner in context["items"]:
        partner.area = places.area(partner.area_id)
    return render(request, "consultation/partner_list.html", context)


@require_safe
def partner_detail(request, pk: int):
    partner = get_object_or_404(Organisation.objects.public(), pk=pk)
    partner.area = places.area(partner.area_id)
    selectors.subdistricts.enter(request, partner.area_id)
    agreements = partner.agreements.public()
    partnerships = partner.projectpartner_set.select_related("project").order_by("-project__starts_on", "-project")
    context = {
        "partner": partner,
        # One more than is shown, to know whether there are more.
        "partnerships": list(partnerships[: SHOWN + 1]),
        "agreements": list(selectors.agreements.drawn(agreements.open_first())[:SHOWN]),
        "agreed": agreements.aggregate(made=Count("pk"), kept=Count("pk", filter=Q(status=AgreementStatus.DONE))),
        "shown": SHOWN,
        "data": selectors.organisations.partner_data(partner),
        "section": "projects",
    }
    return render(request, "consultation/partner_detail.html", context)
