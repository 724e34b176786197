"""Admin pages of members: their introduction, portrait and stories. Scope and contacts: `test_admin`."""

import pytest
from django.core.files.storage import default_storage
from django.test import TestCase

from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from members import services
from members.models import LiaisonCommittee, Member, Story
from tests import factories
from tests.pages import body, form, words

pytestmark = pytest.mark.django_db

MEMBERS = "/admin/members/member/"


def page(member) -> str:
    return f"{MEMBERS}{member.pk}/change/"


def portrait(member, act: str = "") -> str:
    return f"{MEMBERS}{member.pk}/portrait{act}"


def far_member() -> Member:
    committee = LiaisonCommittee.objects.create(
        area=factories.tree().far_subdistrict, name="政协湖西街道联络委", ref_prefix="HX"
    )
    return Member.objects.create(name="远方", committee=committee)


def with_portrait(member) -> Member:
    with TestCase.captureOnCommitCallbacks(execute=True):
        return services.people.set_portrait(member, factories.jpeg(size=(300, 400)), actor=SYSTEM)


def change(client, member, **values):
    return form(client.get(page(member)), "name").send(client, page(member), **values)


# --- Introduction and stories ----------------------------------------------------------------------------------------


def test_a_member_is_introduced_in_words(liaison_client, resident):
    member = factories.committee_member()
    assert change(liaison_client, member, about="在社区二十年。").status_code == 302
    assert "在社区二十年。" in words(resident.get(f"/members/{member.pk}/"))


def test_an_introduction_that_cannot_be_stored_is_refused(liaison_client):
    member = factories.committee_member(about="原来的")
    shown = form(liaison_client.get(page(member)), "name")
    for about in ("长" * 10_000, "a\x00b"):
        assert shown.send(liaison_client, page(member), about=about).status_code == 200
        member.refresh_from_db()
        assert member.about == "原来的"


def test_stories_are_written_and_chosen_on_the_members_page(liaison_client, auditor_client):
    member = factories.committee_member()
    Story.objects.create(member=member, year=2023, title="家校共育", body="办了十六场。")
    values = {"stories-0-is_chosen": "on", "stories-0-order": "3", "stories-0-year": "2024"}
    assert change(liaison_client, member, **values).status_code == 302
    assert list(Story.objects.values_list("year", "title", "is_chosen", "order")) == [(2024, "家校共育", True, 3)]
    # A new one comes in the empty form at the end.
    more = {
        "stories-TOTAL_FORMS": "2",
        "stories-1-year": "2024",
        "stories-1-title": "门口的灯",
        "stories-1-body": "亮了。",
        "stories-1-order": "0",
        "stories-1-member": str(member.pk),
    }
    assert change(liaison_client, member, **more).status_code == 302
    assert set(Story.objects.values_list("title", "is_chosen")) == {("家校共育", True), ("门口的灯", False)}
    assert "家校共育" in words(auditor_client.get(page(member)))
    assert auditor_client.post(page(member), {"name": "x"}).status_code == 403


def test_a_story_of_no_year_is_refused_in_words(liaison_client):
    member = factories.committee_member()
    Story.objects.create(member=member, year=2023, title="家校共育", body="办了十六场。")
    shown = form(liaison_client.get(page(member)), "name")
    for year, text in (("1999", "请核对年份。"), ("x", "输入整数。"), ("", "这个字段是必填项。")):
        response = shown.send(liaison_client, page(member), **{"stories-0-year": year})
        assert response.status_code == 200, year
        assert text in words(response), year
        assert Story.objects.get().year == 2023, year


# --- The portrait ----------------------------------------------------------------------------------------------------


def test_a_portrait_is_uploaded_shown_replaced_and_removed(liaison_client, resident):
    member = factories.committee_member()
    public = f"/members/{member.pk}/portrait.jpg"
    html = liaison_client.get(page(member)).content.decode()
    assert "没有照片" in html
    assert "上传照片" in html and "删除照片" not in html
    for _time in range(2):
        with TestCase.captureOnCommitCallbacks(execute=True):
            response = liaison_client.post(portrait(member, "/"), {"photo": factories.jpeg(size=(300, 400))})
        assert (response.status_code, response["Location"]) == (302, page(member))
    response = resident.get(public)
    assert response.status_code == 200
    body(response)
    html = liaison_client.get(page(member)).content.decode()
    assert f'src="{portrait(member, ".jpg")}" alt="陈敏的照片"' in html
    assert "更换照片" in html and "删除照片" in html
    [folder] = default_storage.listdir("portraits")[0]
    [month] = default_storage.listdir(f"portraits/{folder}")[0]
    assert len(default_storage.listdir(f"portraits/{folder}/{month}")[1]) == 2
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert "照片文件一并删除" in words(liaison_client.get(portrait(member, "/remove/")))
        response = liaison_client.post(portrait(member, "/remove/"))
    assert (response.status_code, response["Location"]) == (302, page(member))
    assert resident.get(public).status_code == 404
    assert default_storage.listdir(f"portraits/{folder}/{month}")[1] == []
    # Removed already, there is nothing to remove.
    assert liaison_client.get(portrait(member, "/remove/")).status_code == 404
    acts = AuditEntry.objects.filter(subject=f"member:{member.pk}").order_by("pk")
    assert list(acts.values_list("action", "detail")) == [
        ("changed", "portrait"),
        ("changed", "portrait"),
        ("changed", "portrait removed"),
    ]


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (lambda: {}, "请选择一张照片。"),
        (lambda: {"photo": factories.upload(b"%PDF-1.7 no picture")}, "这不是能识别的照片"),
        (lambda: {"photo": "a\x00b"}, "请选择一张照片。"),
    ],
    ids=["nothing", "no picture", "text"],
)
def test_what_is_no_photo_gets_a_sentence_and_the_old_one_stays(liaison_client, sent, text):
    member = with_portrait(factories.committee_member())
    response = liaison_client.post(portrait(member, "/"), sent())
    assert response.status_code == 422
    assert text in words(response)
    assert Member.objects.get().full == member.full


def test_only_who_changes_members_of_the_place_changes_portraits(
    liaison_client, community_client, auditor_client, member_client, resident
):
    near, far = with_portrait(factories.committee_member()), with_portrait(far_member())
    for act in ("/", "/remove/"):
        for client, expected in ((auditor_client, 403), (community_client, 403), (member_client, 302), (resident, 302)):
            for response in (client.get(portrait(near, act)), client.post(portrait(near, act))):
                assert response.status_code == expected
        for response in (liaison_client.get(portrait(far, act)), liaison_client.post(portrait(far, act))):
            assert response.status_code == 404
    assert set(Member.objects.values_list("full", flat=True)) == {near.full, far.full}


def test_staff_see_portraits_also_of_those_out_of_office(liaison_client, auditor_client, resident):
    member = with_portrait(factories.committee_member(is_active=False))
    for client in (liaison_client, auditor_client):
        response = client.get(portrait(member, ".jpg"))
        assert (response.status_code, response["Content-Type"]) == (200, "image/jpeg")
        assert "no-store" in response["Cache-Control"]
        body(response)
    assert liaison_client.post(portrait(member, ".jpg")).status_code == 405
    assert liaison_client.get(portrait(factories.committee_member("何素心"), ".jpg")).status_code == 404
    assert liaison_client.get(portrait(with_portrait(far_member()), ".jpg")).status_code == 404
    assert resident.get(portrait(member, ".jpg")).status_code == 302


def test_with_a_member_the_portrait_goes(admin_client):
    first, second = (with_portrait(factories.committee_member(name)) for name in ("陈敏", "何素心"))
    with TestCase.captureOnCommitCallbacks(execute=True):
        admin_client.post(f"{MEMBERS}{first.pk}/delete/", {"post": "yes"})
    with TestCase.captureOnCommitCallbacks(execute=True):
        chosen = {"action": "delete_selected", "_selected_action": second.pk, "post": "yes"}
        admin_client.post(MEMBERS, chosen)
    assert not Member.objects.exists()
    for member in (first, second):
        for name in (member.full, member.thumbnail):
            assert not default_storage.exists(name)
