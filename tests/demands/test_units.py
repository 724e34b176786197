"""Responsible units: a register, who is asked until when and what they answered, and who reported a list."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from demands import services
from demands.models import Demand, DemandPhoto, Direction, OfficeRequest, Unit, UnitKind
from demands.services import offices
from demands.workflow import DeclineReason
from demands.workflow import DemandStatus as S
from foundation.audit import AuditEntry
from foundation.errors import Refused
from tests import factories
from tests.demands.addresses import address
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LIST, ASKED_LIST = "/admin/demands/unit/", "/admin/demands/officerequest/"


@pytest.fixture
def power():
    return Unit.objects.create(name="区供电公司", kind=UnitKind.UTILITY, answer_days=5)


@pytest.fixture
def elsewhere():
    far = factories.tree().far_subdistrict
    return Unit.objects.create(name="别处物业", kind=UnitKind.PROPERTY_MANAGER, subdistrict=far)


def numbers(client, unit) -> list[str]:
    """The counts in a unit's row of the register: in hand, reported, asked, waiting, late."""
    row = client.get(LIST).content.decode().partition(f"/{unit.pk}/change/")[2].partition("</tr>")[0]
    return [re.sub("<[^>]*>", "", f"<td{cell}").strip() for cell in re.split("<td", row)[3:8]]


def test_staff_say_who_is_responsible_and_find_what_a_unit_has_in_hand(liaison_client, power, elsewhere):
    demand, other = factories.demand(S.IN_PROGRESS), factories.demand(S.IN_PROGRESS)
    asked = form(liaison_client.get(address(demand, "set-unit")), "unit")
    assert str(elsewhere) not in words(liaison_client.get(address(demand, "set-unit")))
    assert asked.send(liaison_client, address(demand, "set-unit"), unit=str(power.pk)).status_code == 302
    assert Demand.objects.get(pk=demand.pk).unit == power
    assert AuditEntry.objects.filter(action="reclassified", subject=demand.ref, detail="unit").count() == 1
    assert "责任单位：区供电公司" in words(liaison_client.get(address(demand, "change")))
    found = liaison_client.get(f"/admin/demands/demand/?unit={power.pk}&queue=open").content.decode()
    assert demand.ref in found and other.ref not in found
    assert numbers(liaison_client, power) == ["1", "-", "-", "-", "-"]


def test_what_another_subdistrict_has_is_neither_offered_nor_counted(liaison_client, power, elsewhere):
    demand = factories.demand(S.IN_PROGRESS)
    with pytest.raises(Refused, match="不负责这个街道"):
        services.units.set_unit(demand, elsewhere, actor=liaison_client.user)
    there = factories.demand(S.IN_PROGRESS, area=factories.tree().far_compound)
    services.units.set_unit(there, power, actor=factories.superuser())
    assert numbers(liaison_client, power) == ["-"] * 5
    assert str(elsewhere) not in words(liaison_client.get(LIST))
    # Nor does the filter take what it does not offer.
    assert demand.ref in liaison_client.get(f"/admin/demands/demand/?unit={elsewhere.pk}").content.decode()


def test_the_unit_asked_becomes_the_responsible_one_and_has_its_own_days(liaison_client, power):
    demand = factories.demand(S.IN_PROGRESS)
    page = address(demand, "ask-office")
    asked = form(liaison_client.get(page), "background")
    texts = {"background": "小区门外一盏路灯不亮。", "question": "什么时候能修？"}
    assert "请选择责任单位，或填写单位名称" in words(asked.send(liaison_client, page, **texts))
    assert asked.send(liaison_client, page, unit=str(power.pk), **texts).status_code == 302
    [row] = OfficeRequest.objects.all()
    assert (row.unit, row.office, (row.expires_at - row.made_at).days) == (power, "区供电公司", 5)
    assert Demand.objects.get(pk=demand.pk).unit == power
    shown = words(liaison_client.get(f"{ASKED_LIST}?unit={power.pk}&state=waiting"))
    assert demand.ref in shown and "等待答复" in shown
    assert numbers(liaison_client, power) == ["1", "-", "1", "1", "-"]


def test_what_a_unit_answered_is_listed_and_its_photos_are_reviewed(liaison_client, resident, power):
    demand = factories.demand(S.IN_PROGRESS)
    what = {"background": "灯不亮。", "question": "何时修？", "days": 5}
    asked = offices.ask(demand, office=power, actor=liaison_client.user, **what)
    link = offices.link(asked).removeprefix("http://portal.example")
    sent = {"answer": "已修好。", "by": "李工", "photos": factories.upload()}
    assert resident.post(link, sent).status_code == 302
    [photo] = DemandPhoto.objects.all()
    assert (photo.demand_id, photo.office_request_id, photo.review) == (demand.pk, asked.pk, "pending")
    page = liaison_client.get(address(demand, "change")).content.decode()
    assert page.partition('id="offices"')[2].count("责任单位提供的照片") == 1
    assert "已修好。" in words(liaison_client.get(f"{ASKED_LIST}?state=answered"))
    assert "已修好。" not in words(liaison_client.get(f"{ASKED_LIST}?state=late"))


def test_a_need_out_of_remit_that_names_a_unit_is_counted_as_its_own(power):
    demand, staff = factories.demand(S.ACCEPTED), factories.liaison_staff()
    why = {"decline_reason": DeclineReason.OUT_OF_REMIT, "responsible": " 区供电公司 "}
    services.handling.decline(demand, "请向供电公司反映。", actor=staff, **why)
    row = Demand.objects.get(pk=demand.pk)
    assert (row.unit, row.responsible) == (power, "区供电公司")


def test_who_reported_a_list_is_a_unit_and_a_new_department_becomes_one(power):
    shared = Unit.objects.create(name="城管部门", kind=UnitKind.DEPARTMENT)
    way = {"direction": Direction.TOP_DOWN}
    now = timezone.now()
    by_city = factories.imported(now, source="城管部门", **way)
    by_new, again = (factories.imported(now, source="区水务局", **way) for _time in range(2))
    own = factories.imported(now, source="区供电公司", direction=Direction.BOTTOM_UP)
    assert by_city.reported_by == shared and own.reported_by is None
    made = Unit.objects.get(name="区水务局")
    assert (made.kind, made.subdistrict) == (UnitKind.DEPARTMENT, factories.tree().subdistrict)
    assert by_new.reported_by == again.reported_by == made


def test_only_the_register_counts(liaison_client, power):
    page = f"{LIST}{power.pk}/change/"
    liaison_client.get(page)
    with CaptureQueriesContext(connection) as asked:
        assert liaison_client.get(page).status_code == 200
    assert not [one["sql"] for one in asked if "COUNT(" in one["sql"]]


@pytest.mark.parametrize("count", [2, 4])
def test_the_register_takes_a_fixed_number_of_queries(liaison_client, django_assert_num_queries, power, count):
    demand = factories.demand(S.IN_PROGRESS)
    for number in range(count):
        unit = Unit.objects.create(name=f"单位{number}", kind=UnitKind.OTHER)
        factories.office_request(demand, unit=unit, office=unit.name)
    liaison_client.get(LIST)
    with django_assert_num_queries(6):
        liaison_client.get(LIST)
    liaison_client.get(ASKED_LIST)
    with django_assert_num_queries(6):
        liaison_client.get(ASKED_LIST)
