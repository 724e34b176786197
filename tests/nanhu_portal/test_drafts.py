"""What staff are writing outlives their sign-in: kept for them alone, shown to them again, submitted by nobody else."""

import datetime
import re

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from consultation.models import Topic
from demands import services
from demands.models import DemandMessage
from foundation import clock, drafts, sealed
from foundation.drafts import Draft
from tests import factories
from tests.pages import words

pytestmark = pytest.mark.django_db

TEXT = "已联系物业，周五前换好路灯。"
KEPT = "您写的内容已保存，登录后接着写"
FOUND = "未提交的草稿"


def answer_of(demand) -> str:
    return reverse("admin:demands_demand_answer", args=[demand.pk])


def let_pass(client, *, minutes: int = 0, hours: int = 0) -> None:
    """Turn back the times in a client's session, as if so much time had passed since."""
    session = client.session
    session["seen"] -= 60 * minutes
    session["began"] -= 3600 * hours
    session.save()


def expired(client) -> None:
    let_pass(client, minutes=settings.STAFF_IDLE_MINUTES + 1)


def signed_in(client, user) -> None:
    user.set_password("korrekt-pferd-9")
    user.save()
    client.post(reverse("login"), {"username": user.username, "password": "korrekt-pferd-9"})
    assert client.session[SESSION_KEY] == str(user.pk)


def written(page) -> str:
    return re.search(r'<textarea[^>]*name="(?:answer|body)"[^>]*>\s*(.*?)</textarea>', page.content.decode(), re.S)[1]


# --- How long a sign-in lasts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "passed", "is_in"),
    [
        ("liaison", {"minutes": 29}, True),
        ("liaison", {"minutes": 31}, False),
        ("liaison", {"hours": 11}, True),
        ("liaison", {"hours": 13}, False),
        ("admin", {"minutes": 31}, False),
        ("member", {"minutes": 31}, True),
        ("member", {"hours": 13}, False),
    ],
)
def test_sign_in_lasts_so_long(role, passed, is_in, request):
    client = request.getfixturevalue(f"{role}_client")
    let_pass(client, **passed)
    page = client.get(reverse("account"))
    assert page.status_code == (200 if is_in else 302)
    # Once over, it stays over.
    assert client.get(reverse("account")).status_code == page.status_code


def test_doing_something_prolongs_it_but_only_up_to_the_absolute_limit(liaison_client):
    for _ in range(3):
        let_pass(liaison_client, minutes=20)
        assert liaison_client.get(reverse("admin:index")).status_code == 200
    let_pass(liaison_client, hours=13)
    assert liaison_client.get(reverse("admin:index")).status_code == 302


def test_signing_in_again_begins_anew(liaison_client):
    let_pass(liaison_client, hours=13)
    signed_in(liaison_client, liaison_client.user)
    assert liaison_client.get(reverse("admin:index")).status_code == 200


# --- A form that arrives too late ------------------------------------------------------------------------------------


def test_text_sent_with_an_expired_sign_in_waits_for_its_author(liaison_client):
    demand = factories.demand("accepted")
    form = {"answer": TEXT, "version": demand.version, "csrfmiddlewaretoken": "x"}
    expired(liaison_client)
    page = liaison_client.post(answer_of(demand), form, follow=True)
    assert KEPT in words(page)
    assert not DemandMessage.objects.filter(kind="answer").exists()
    [draft] = Draft.objects.all()
    assert (draft.user, draft.subject) == (liaison_client.user, f"demands.demand:{demand.pk}")
    assert TEXT not in draft.sealed
    signed_in(liaison_client, liaison_client.user)
    page = liaison_client.get(answer_of(demand))
    assert page.status_code == 200 and written(page) == TEXT
    assert FOUND in words(page) and "被他人修改过" not in words(page)
    assert not DemandMessage.objects.filter(kind="answer").exists()
    # Submitted, it is gone.
    assert liaison_client.post(answer_of(demand), form).status_code == 302
    assert DemandMessage.objects.get(kind="answer").body == TEXT
    assert not Draft.objects.exists()


def test_draft_opens_on_the_row_as_it_is_now_and_says_that_it_changed(liaison_client):
    demand = factories.demand("accepted")
    drafts.keep(liaison_client.user, answer_of(demand), posted(answer=TEXT, version=str(demand.version)))
    services.handling.note(demand, "电话联系过", actor=liaison_client.user)
    services.handling.assign(demand, liaison_client.user, actor=liaison_client.user)
    page = liaison_client.get(answer_of(demand))
    demand.refresh_from_db()
    assert written(page) == TEXT and "被他人修改过" in words(page)
    assert f'name="version" value="{demand.version}"' in page.content.decode()


def test_nobody_else_sees_it(liaison_client, admin_client):
    demand = factories.demand("accepted")
    expired(liaison_client)
    liaison_client.post(answer_of(demand), {"answer": TEXT, "version": 0})
    # On the same machine, and on another.
    signed_in(liaison_client, admin_client.user)
    for client in (liaison_client, admin_client):
        page = client.get(answer_of(demand))
        assert TEXT not in page.content.decode() and FOUND not in words(page)
    # Nor can they throw it away.
    admin_client.post(reverse("admin:drop_draft"), {"address": answer_of(demand)})
    assert Draft.objects.count() == 1


@pytest.mark.parametrize("ended", ["signed out", "disabled", "no staff any more"])
def test_ended_sign_in_keeps_nothing(ended, liaison_client):
    demand, user = factories.demand("accepted"), liaison_client.user
    expired(liaison_client)
    if ended == "signed out":
        liaison_client.post(reverse("logout"))
    elif ended == "disabled":
        user.is_active = False
    else:
        user.is_staff = False
    user.save()
    response = liaison_client.post(answer_of(demand), {"answer": TEXT, "version": 0})
    assert response.status_code == 302 and not Draft.objects.exists()


def test_other_sites_can_write_no_draft(liaison_client):
    demand = factories.demand("accepted")
    for client in (liaison_client, careful(liaison_client)):
        expired(client)
    foreign = careful(liaison_client).post(answer_of(demand), {"answer": TEXT}, headers={"origin": "https://evil.cn"})
    assert foreign.status_code == 403 and not Draft.objects.exists()


def careful(client) -> Client:
    """A client with the same cookies that checks the token of forms."""
    other = Client(enforce_csrf_checks=True)
    other.cookies = client.cookies
    return other


def test_form_of_before_a_new_sign_in_is_kept_too(liaison_client):
    demand, client = factories.demand("accepted"), careful(liaison_client)
    form = {"answer": TEXT, "version": 0, "csrfmiddlewaretoken": "a" * 64}
    client.get(answer_of(demand))
    # Without an expired sign-in before this one, it is a form of nobody.
    assert client.post(answer_of(demand), form).status_code == 403
    expired(liaison_client)
    signed_in(liaison_client, liaison_client.user)
    page = client.post(answer_of(demand), form, follow=True)
    assert written(page) == TEXT and "已存为草稿" in words(page)
    # The later sign-in has expired as well.
    Draft.objects.all().delete()
    expired(liaison_client)
    assert "已存为草稿" in words(client.post(answer_of(demand), form, follow=True))
    signed_in(liaison_client, liaison_client.user)
    assert written(liaison_client.get(answer_of(demand))) == TEXT
    assert not DemandMessage.objects.filter(kind="answer").exists()


# --- While they write ------------------------------------------------------------------------------------------------


def test_script_keeps_what_is_typed_and_submits_nothing(liaison_client):
    demand = factories.demand("accepted")
    page = liaison_client.get(answer_of(demand)).content.decode()
    assert "keep-draft.js" in page and FOUND not in page
    for text in ("已联系", TEXT):
        answer = liaison_client.post(answer_of(demand), {"answer": text, "version": demand.version, "_draft": "1"})
        assert (answer.status_code, answer.json()["kept"]) == (200, True)
    assert not DemandMessage.objects.filter(kind="answer").exists()
    assert Draft.objects.count() == 1
    assert written(liaison_client.get(answer_of(demand))) == TEXT
    # Asked to, it goes.
    page = liaison_client.post(reverse("admin:drop_draft"), {"address": answer_of(demand)}, follow=True)
    assert page.redirect_chain == [(answer_of(demand), 302)]
    assert written(page) == "" and FOUND not in words(page)


def test_script_is_told_that_the_sign_in_is_over(liaison_client):
    demand = factories.demand("accepted")
    expired(liaison_client)
    answer = liaison_client.post(answer_of(demand), {"answer": TEXT, "_draft": "1"})
    assert (answer.status_code, answer.json()) == (401, {"kept": True})


def test_who_may_not_submit_a_form_can_keep_none(auditor_client, community_client, liaison_client):
    demand, topic = factories.demand("accepted"), factories.topic()
    change = reverse("admin:consultation_topic_change", args=[topic.pk])
    for client, address, status in (
        (auditor_client, answer_of(demand), 403),
        (auditor_client, change, 403),
        (community_client, reverse("admin:demands_demand_publish", args=[demand.pk]), 403),
        (liaison_client, reverse("admin:consultation_topic_change", args=[0]), 404),
    ):
        assert client.post(address, {"answer": TEXT, "title": TEXT, "_draft": "1"}).status_code == status
    assert not Draft.objects.exists()


def test_script_is_slowed_down(liaison_client, monkeypatch):
    monkeypatch.setattr("foundation.drafting.KEPT_A_MINUTE", 1)
    demand = factories.demand("accepted")
    kept = [liaison_client.post(answer_of(demand), {"answer": TEXT, "_draft": "1"}).status_code for _ in range(2)]
    assert kept == [200, 429]


# --- Forms of rows ---------------------------------------------------------------------------------------------------


def test_form_to_change_a_row_opens_with_the_draft_over_what_is_stored_now(liaison_client):
    topic = factories.topic()
    address = reverse("admin:consultation_topic_change", args=[topic.pk])
    shown = re.search(r'name="_shown" value="([^"]*)"', liaison_client.get(address).content.decode())[1]
    form = {"area": topic.area_id, "title": "加装更多充电棚", "summary": topic.summary, "closes_on": ""}
    form |= {"_shown": shown.replace("&quot;", '"'), "_save": "保存"}
    expired(liaison_client)
    assert KEPT in words(liaison_client.post(address, form, follow=True))
    Topic.objects.filter(pk=topic.pk).update(summary="他人改过的说明")
    signed_in(liaison_client, liaison_client.user)
    page = liaison_client.get(address)
    assert FOUND in words(page) and "被他人修改过" in words(page)
    text = page.content.decode()
    assert 'value="加装更多充电棚"' in text and "他人改过的说明" in text
    topic.refresh_from_db()
    assert topic.title != "加装更多充电棚"


def test_what_is_never_kept_stays_as_it_is_stored(admin_client):
    venue = factories.venue()
    address = reverse("admin:consultation_venue_change", args=[venue.pk])
    form = admin_client.get(address).context["adminform"].form
    shown = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    admin_client.post(address, shown | {"name": "桂花书房", "_draft": "1"})
    again = admin_client.get(address).context["adminform"].form
    assert (again["name"].value(), again["code"].value()) == ("桂花书房", venue.code)


def test_form_to_add_a_row_opens_with_the_draft(liaison_client):
    address = reverse("admin:consultation_topic_add")
    form = {"area": factories.tree().community.pk, "title": "加装充电棚", "summary": TEXT, "_draft": "1"}
    assert liaison_client.post(address, form).json()["kept"]
    page = liaison_client.get(address)
    text = page.content.decode()
    assert FOUND in text and 'value="加装充电棚"' in text and TEXT in text
    response = liaison_client.post(address, {**{key: form[key] for key in ("area", "title", "summary")}, "_save": ""})
    assert response.status_code == 302 and Topic.objects.filter(title="加装充电棚").exists()
    assert not Draft.objects.exists()


def test_all_parts_of_a_split_come_back(liaison_client):
    demand = factories.demand("accepted")
    address = reverse("admin:demands_demand_move", args=[demand.pk, "split"])
    form = {"count": "3", "version": demand.version, "title_3": "第三件事", "_draft": "1"}
    assert liaison_client.post(address, form).json()["kept"]
    assert 'value="第三件事"' in liaison_client.get(address).content.decode()


# --- What is kept, and for how long ----------------------------------------------------------------------------------


def posted(**values):
    from django.http import QueryDict  # settings are read when it is imported

    found = QueryDict(mutable=True)
    found.update(values)
    return found


def test_secrets_files_and_tokens_are_never_kept():
    user = factories.liaison_staff()
    form = posted(answer=TEXT, csrfmiddlewaretoken="a", code="b", kept="c", _save="d", version="7", _shown="{}")
    form.update({"password": "e", "new_password1": "f", "otp_code": "g", "api_token": "h", "client_secret": "i"})
    assert drafts.keep(user, "/admin/x/", form)
    assert drafts.find(user, "/admin/x/").posted.dict() == {"answer": TEXT, "version": "7", "_shown": "{}"}
    # Nothing typed, nothing kept; too much cannot be.
    assert not drafts.keep(user, "/admin/y/", posted(version="7", _shown="{}", answer=""))
    assert not drafts.keep(user, "/admin/y/", posted(answer="".join(map(chr, range(0x4E00, 0x9000))) * 60))
    assert Draft.objects.count() == 1


def test_draft_opens_for_its_account_and_address_alone():
    user, other = factories.liaison_staff(), factories.liaison_staff("other")
    drafts.keep(user, "/admin/x/", posted(answer=TEXT))
    row = Draft.objects.get()
    Draft.objects.filter(pk=row.pk).update(user=other)
    assert drafts.find(other, "/admin/x/") is None
    with pytest.raises(sealed.Broken):
        sealed.unseal(row.sealed, purpose="draft:0:/admin/x/", seconds=None)


def test_drafts_go_with_the_demand_and_by_themselves():
    user, demand = factories.liaison_staff(), factories.demand("accepted")
    dispatch = factories.dispatch(demand_=demand)
    for number, row in enumerate((demand, dispatch, factories.demand())):
        drafts.keep(user, f"/admin/{number}/", posted(answer=TEXT), subject=drafts.subject_of(row))
    services.handling.erase(demand, actor=user)
    assert Draft.objects.count() == 1
    assert drafts.sweep() == 0
    with clock.turned_to(clock.now() + drafts.KEPT_FOR + datetime.timedelta(minutes=1)):
        assert drafts.find(user, "/admin/2/") is None
        assert drafts.sweep() == 1
