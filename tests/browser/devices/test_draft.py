"""A member logs an activity on a phone: a lost connection keeps the draft, and submission deletes it."""

import datetime
import json

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from foundation.actors import Party
from members.models import DutyRecord
from members.services.duties import records
from members.services.duties.activity import Activity
from tests import factories

from ..conftest import PHONE
from ..look import everything

pytestmark = pytest.mark.browser
NEW = "/my/duties/new/"
TEXT = "走访三户独居老人"


@pytest.fixture
def member(portal):
    return factories.member_with_account()


@pytest.fixture
def phone(member, window, sign_in):
    page = sign_in(window(PHONE), member.user)
    page.goto(NEW)
    return page


def fill(page):
    page.get_by_label("走访").check()
    page.get_by_label("做了什么").fill(TEXT)
    page.get_by_label("时长（小时）").fill("1.5")


def drafts(page) -> list[dict]:
    page.wait_for_load_state()  # the module has run
    return [
        json.loads(text)
        for text in page.evaluate(
            "Object.keys(localStorage).filter(key => key.startsWith('draft:')).map(key => localStorage[key])"
        )
    ]


def keep(page, name: str, text: str) -> None:
    page.evaluate("([name, text]) => localStorage.setItem(name, text)", [name, text])


def test_logged_by_thumb_and_the_draft_goes(phone, member):
    fill(phone)
    expect(phone.get_by_role("status")).to_have_text("草稿已保存在本设备")
    assert not everything(phone)
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_text("已提交，待工作人员确认")).to_be_visible()
    record = DutyRecord.objects.get()
    assert (record.member, record.text, str(record.hours)) == (member, TEXT, "1.5")
    assert drafts(phone) == []
    phone.goto(NEW)
    expect(phone.get_by_label("做了什么")).to_have_value("")
    expect(phone.get_by_role("status")).to_be_hidden()


def test_a_lost_connection_loses_nothing(phone):
    fill(phone)
    phone.context.set_offline(True)
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_role("status")).to_have_text("没有网络，内容已保存，联网后请再提交。")
    assert phone.url.endswith(NEW)
    phone.context.set_offline(False)
    expect(phone.get_by_role("status")).to_have_text("网络已恢复，请再按一次按钮。")
    # The phone closes the page meanwhile.
    phone.goto("about:blank")
    phone.goto(NEW)
    expect(phone.get_by_role("status")).to_have_text("已恢复本设备上没有提交的草稿")
    expect(phone.get_by_label("做了什么")).to_have_value(TEXT)
    expect(phone.get_by_label("走访")).to_be_checked()
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_text("已提交，待工作人员确认")).to_be_visible()
    assert DutyRecord.objects.count() == 1
    assert drafts(phone) == []


def log(member, key: str) -> None:
    """What the server does with the form with this key."""
    records.log(member, Activity("visit", timezone.localdate(), TEXT), key=key, actor=member.user, party=Party.MEMBER)


def test_an_answer_lost_on_its_way_makes_no_second_record(phone, member):
    fill(phone)
    draft = drafts(phone)[0]["values"]
    # The request arrived, but the response did not.
    log(member, draft["key"])
    phone.get_by_role("button", name="提交").tap()
    phone.wait_for_url(f"**/my/duties/{DutyRecord.objects.get().pk}/")
    assert drafts(phone) == []


def test_opened_again_after_a_lost_answer_the_form_is_empty(phone, member):
    fill(phone)
    key = drafts(phone)[0]["values"]["key"]
    log(member, key)
    phone.goto(NEW)
    expect(phone.get_by_label("做了什么")).to_have_value("")
    assert drafts(phone) == []


def test_a_form_that_comes_back_with_errors_shows_what_was_sent(phone):
    fill(phone)
    phone.get_by_label("时长（小时）").fill("25")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_role("alert")).to_contain_text("0.5 到 24")
    expect(phone.get_by_label("时长（小时）")).to_have_value("25")
    expect(phone.get_by_label("做了什么")).to_have_value(TEXT)
    assert not everything(phone)
    phone.get_by_label("时长（小时）").fill("2")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_text("已提交，待工作人员确认")).to_be_visible()
    assert drafts(phone) == []


def test_the_draft_is_deleted_by_its_button(phone):
    fill(phone)
    phone.get_by_role("button", name="删除草稿").tap()
    expect(phone.get_by_role("status")).to_have_text("草稿已删除")
    expect(phone.get_by_label("做了什么")).to_have_value("")
    assert drafts(phone) == []
    phone.goto(NEW)
    expect(phone.get_by_label("做了什么")).to_have_value("")


def test_a_draft_lasts_a_week_and_is_nobody_elses(phone, member, sign_in):
    fill(phone)
    name = f"draft:duty-{member.pk}"
    draft = drafts(phone)[0]
    assert sorted(draft["values"]) == ["day", "hours", "key", "kind", "people_served", "place", "text"]
    # A colleague signs in on the same phone.
    other = factories.member_with_account("other", name="别人")
    sign_in(phone, other.user)
    phone.goto(NEW)
    expect(phone.get_by_label("做了什么")).to_have_value("")
    sign_in(phone, member.user)
    for days, value in ((6, TEXT), (8, "")):
        at = draft["at"] - datetime.timedelta(days=days).total_seconds() * 1000
        keep(phone, name, json.dumps(draft | {"at": at}))
        phone.goto(NEW)
        expect(phone.get_by_label("做了什么")).to_have_value(value)
    assert drafts(phone) == []


def test_what_is_no_draft_harms_nothing(phone, member, subtests):
    for text in ("", "{", "null", "[]", '{"at": 1e15}'):
        with subtests.test(text):
            keep(phone, f"draft:duty-{member.pk}", text)
            phone.goto(NEW)
            fill(phone)
            expect(phone.get_by_role("status")).to_have_text("草稿已保存在本设备")


def test_without_javascript_the_form_simply_works(member, window, sign_in):
    page = sign_in(window(PHONE, javascript=False), member.user)
    page.goto(NEW)
    expect(page.get_by_text("删除草稿")).to_be_hidden()
    fill(page)
    page.get_by_role("button", name="提交").tap()
    expect(page.get_by_text("已提交，待工作人员确认")).to_be_visible()


def test_a_photo_from_the_camera_comes_along(phone):
    fill(phone)
    picture = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": factories.image_bytes()}
    phone.get_by_label("照片", exact=False).first.set_input_files(picture)
    phone.get_by_label("时长（小时）").fill("")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_label("用新照片 1")).to_be_checked()
    assert not everything(phone)
    phone.get_by_label("时长（小时）").fill("1")
    phone.get_by_role("button", name="提交").tap()
    expect(phone.get_by_role("img", name="照片 1")).to_be_visible()
    assert not everything(phone)
    assert DutyRecord.objects.get().photos.count() == 1
