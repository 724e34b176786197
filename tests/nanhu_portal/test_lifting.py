"""Taking the mark 演示 off what is real: who may, what is offered along with it, and what it leaves in the audit."""

import pytest
from django.contrib import admin
from django.urls import reverse

from foundation import invented
from foundation.actors import RESIDENT
from foundation.audit import AuditEntry
from foundation.errors import Refused, TransitionNotAllowed
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db


def mark(*rows) -> None:
    for row in rows:
        type(row).objects.filter(pk=row.pk).update(is_demo=True)
        row.refresh_from_db()


def address(row) -> str:
    return f"/admin/lift-mark/{row._meta.label_lower}/{row.pk}/"


@pytest.fixture
def community():
    """An invented community with two compounds and a station, all of it invented."""
    places = factories.tree()
    station = factories.venue(place=places.compound)
    mark(places.community, places.compound, places.second_compound, station)
    return places, station


def test_a_community_turns_out_to_be_real_with_all_that_lies_below(client, community):
    places, station = community
    client.force_login(factories.liaison_staff("li", places.subdistrict))
    page = words(client.get(f"/admin/consultation/area/{places.community.pk}/change/"))
    assert "取消演示标记…" in page
    page = words(client.get(address(places.community)))
    assert "区域 2" in page
    assert "议事点 1" in page
    answer = client.post(address(places.community), {"also": ["consultation.area"], "reason": ""})
    assert (answer.status_code, "请填写理由" in words(answer)) == (422, True)
    answer = client.post(
        address(places.community), {"also": ["consultation.area"], "reason": "确有这个社区"}, follow=True
    )
    assert "已取消 3 行的演示标记" in words(answer)
    assert "取消演示标记…" not in words(answer)
    for row in (places.community, places.compound, places.second_compound, station):
        row.refresh_from_db()
    assert [places.community.is_demo, places.compound.is_demo, places.second_compound.is_demo] == [False] * 3
    assert station.is_demo
    entries = AuditEntry.objects.filter(action="mark_lifted")
    assert {entry.subject for entry in entries} == {
        f"area:{row.pk}" for row in (places.community, places.compound, places.second_compound)
    }
    assert {(entry.actor.username, entry.detail) for entry in entries} == {("li", "确有这个社区")}
    # It is off for good.
    assert client.get(address(places.community)).status_code == 404


def test_who_lifts_a_mark_is_told_what_is_still_invented_above_it(client, community):
    places, station = community
    client.force_login(factories.superuser())
    assert "区域 “桂花苑”" in words(client.get(address(station)))
    mark_free = factories.venue(place=places.other_compound)
    mark(mark_free)
    assert "它所属的" not in words(client.get(address(mark_free)))


def test_nobody_lifts_what_they_may_not(client, community):
    places, station = community
    far = factories.liaison_staff("far", places.far_subdistrict)
    for account, status in (
        (far, 404),
        (factories.community_staff("zhou", places.community), 403),
        (factories.auditor("shen", places.district), 403),
    ):
        client.force_login(account)
        assert client.post(address(places.community), {"reason": "真实"}).status_code == status
    client.force_login(far)
    for wrong in ("consultation.signup", "members.story", "nothing"):
        assert client.get(f"/admin/lift-mark/{wrong}/1/").status_code == 404
    with pytest.raises(TransitionNotAllowed):
        invented.lift(station, actor=RESIDENT, reason="真实")
    station.refresh_from_db()
    assert station.is_demo


def test_a_mark_is_lifted_once(community):
    _places, station = community
    admin_account = factories.superuser()
    assert invented.lift(station, actor=admin_account, reason="真实") == 1
    with pytest.raises(Refused):
        invented.lift(station, actor=admin_account, reason="真实")


def test_staff_see_the_mark_on_every_model_that_has_it(client):
    client.force_login(factories.superuser())
    rows = [
        factories.area(1, code="demo"),
        factories.venue(),
        factories.platform(),
        factories.organisation(),
        factories.series(),
        factories.event(),
        factories.agreement(),
        factories.project(),
        factories.topic(),
        factories.committee_member(),
        factories.resource(),
        factories.duty(),
        factories.demand("accepted"),
        factories.proposal(),
        factories.reception(),
    ]
    rows += [factories.slot(rows[4]), factories.study_note(rows[4]), factories.picture(venue=rows[1])]
    assert {type(row) for row in rows} == {
        model for model in invented.marked_models() if admin.site.is_registered(model)
    }
    mark(*rows)
    for row in rows:
        page = client.get(reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk]))
        assert "取消演示标记…" in words(page), row._meta.label
