"""Areas, venues and scopes at the desk: staff see and choose only what lies in their places."""

import pytest
from django.contrib.auth.models import Permission

from consultation.models import Area
from consultation.services.areas import set_scope
from foundation.audit import AuditEntry
from foundation.cached import forget_all
from foundation.errors import TransitionNotAllowed
from members.models import LiaisonCommittee
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

AREAS, VENUES = "/admin/consultation/area/", "/admin/consultation/venue/"


def change(client, address: str, field: str = "name", **values):
    return form(client.get(address), field).send(client, address, **values)


def acts() -> list[tuple[str, str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.subject.partition(":")[0], entry.detail) for entry in entries]


# --- Areas -----------------------------------------------------------------------------------------------------------


def test_liaison_staff_add_a_compound_below_their_own_communities(liaison_client):
    places = factories.tree()
    values = {"name": "新小区", "level": "4", "code": "new", "order": "0"}
    add = f"{AREAS}add/"
    assert change(liaison_client, add, **values, parent=places.far_community.pk).status_code == 200
    response = change(liaison_client, add, **values, parent=places.subdistrict.pk)
    assert "上级必须是社区。" in words(response)
    response = change(liaison_client, add, **values, parent="")
    assert response.status_code == 200
    assert "须有上级" in words(response)
    assert change(liaison_client, add, **values, parent=places.community.pk).status_code == 302
    assert Area.objects.get(code="new").parent == places.community
    assert acts() == [("added", "area", "")]


def test_liaison_staff_rename_every_area_of_theirs_their_subdistrict_too(liaison_client):
    places = factories.tree()
    for area in (places.compound, places.community, places.subdistrict):
        response = change(liaison_client, f"{AREAS}{area.pk}/change/", name_en="Renamed")
        assert response.status_code == 302, area
        area.refresh_from_db()
        assert area.name_en == "Renamed"


def test_an_area_with_something_in_it_is_not_deleted(admin_client):
    demand = factories.demand()
    address = f"{AREAS}{demand.area.pk}/delete/"
    assert admin_client.post(address, {"post": "yes"}).status_code in (200, 403)
    assert Area.objects.filter(pk=demand.area.pk).exists()


# --- Committee and scopes --------------------------------------------------------------------------------------------


def test_liaison_staff_keep_their_own_committee_and_no_other(liaison_client):
    places = factories.tree()
    far = LiaisonCommittee.objects.create(area=places.far_subdistrict, name="湖西", ref_prefix="HX")
    address = f"/admin/members/liaisoncommittee/{places.committee.pk}/change/"
    assert change(liaison_client, address, phone="027-89999999").status_code == 302
    assert liaison_client.get(f"/admin/members/liaisoncommittee/{far.pk}/change/").status_code == 404
    html = liaison_client.get(address).content.decode()
    assert f'value="{places.far_subdistrict.pk}"' not in html
    assert far not in liaison_client.get("/admin/members/liaisoncommittee/").context["cl"].result_list


def test_the_superuser_says_who_works_where(admin_client, client, settings):
    user = factories.liaison_staff("somebody", factories.tree().far_subdistrict)
    demand = factories.demand()
    client.force_login(user, settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 404
    places, actor = factories.tree(), admin_client.user
    set_scope(user, [places.far_subdistrict, places.community], actor=actor, reason="兼管")
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 200
    set_scope(user, [places.far_subdistrict], actor=actor, reason="不再兼管")
    assert client.get(f"/admin/demands/demand/{demand.pk}/change/").status_code == 404
    assert "湖西" in words(admin_client.get("/admin/consultation/staffscope/"))


def test_nobody_gives_areas_that_are_not_their_own():
    places, chief = factories.tree(), factories.liaison_staff("chief")
    chief.groups.get().permissions.add(Permission.objects.get(codename="control_user"))
    account = factories.community_staff("zhou")
    with pytest.raises(TransitionNotAllowed, match="工作范围以外"):
        set_scope(account, [places.community, places.far_community], actor=chief, reason="试试")
    set_scope(account, [places.other_community], actor=chief, reason="换社区")
    assert [scope.area for scope in account.scopes.all()] == [places.other_community]


def test_long_scopes_fit_into_a_row_of_the_audit():
    places = factories.tree()
    account, actor = factories.community_staff("zhou"), factories.superuser()
    many = [factories.area(4, places.community, code=f"a-rather-long-code-{number}") for number in range(9)]
    forget_all()
    set_scope(account, [places.community, *many], actor=actor, reason="试试")
    set_scope(account, [places.community, *many[1:]], actor=actor, reason="因" * 100)
    detail = AuditEntry.objects.filter(action="scope_changed").latest("pk").detail
    assert detail == "-a-rather-long-code-0; " + "因" * 100
