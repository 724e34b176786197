"""The privacy notice and the accessibility statement match what the code does."""

import datetime
import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from foundation import consent
from foundation.cached import forget_all
from foundation.consent import ConsentText
from foundation.portal import Portal
from nanhu_portal import legal
from tests import factories
from tests.pages import words
from tests.rows import each_row

pytestmark = pytest.mark.django_db

# Name → how long it lasts, by hand. With https the last two start with __Host-.
COOKIES = {
    "lang": "365 天",
    "elder": "365 天",
    "text": "365 天",
    "contrast": "365 天",
    "visitor": "730 天",
    "messages": "显示一次后删除",
    "csrf": "364 天",
    "session": "4 天",
    "device": "365 天",
}
STORED = {"draft:…": "7 天", "theme": "清除浏览器数据时删除"}


@pytest.fixture
def portal():
    row = Portal.objects.create(
        pk=1,
        name="一线协商",
        organiser="湖东街道联络委",
        phone="027 8765 4321",
        address="湖东路 1 号",
        email="desk@example.com",
        privacy_contact="综合办公室",
        reply_days=12,
    )
    forget_all()
    return row


def rows(response) -> dict[str, str]:
    """First cell → last cell of the page's tables."""
    cells = re.findall(r'<th scope="row"><code>(.*?)</code></th><td>.*?</td><td>(.*?)</td>', response.content.decode())
    assert cells
    return dict(cells)


def test_the_notice_lists_what_is_stored_in_the_browser(resident):
    assert rows(resident.get("/privacy/")) == COOKIES | STORED


def seconds(words_of_it: str) -> int:
    """How long "365 天" is; a cookie shown once is given no time."""
    count, _blank, unit = words_of_it.partition(" ")
    return int(count) * {"天": 86400, "小时": 3600}[unit] if unit else 0


def test_every_cookie_that_is_set_is_in_the_notice_and_lasts_as_long_as_it_says(resident):
    topic, staff = factories.topic(), factories.liaison_staff()
    staff.set_password("a-long-password")
    staff.save()
    client, found = Client(), {}
    steps = [
        lambda: client.get("/preferences/?lang=zh-hans"),
        lambda: client.get("/preferences/?elder=1"),
        lambda: client.get("/preferences/?text=large"),
        lambda: client.get("/preferences/?contrast=1"),
        lambda: client.get("/demands/new/"),
        lambda: client.post("/topics/", {"topic": topic.pk}),
        lambda: client.post("/accounts/login/", {"username": staff.username, "password": "a-long-password"}),
    ]
    for step in steps:
        found |= {name: cookie["max-age"] or 0 for name, cookie in step().cookies.items()}
    assert set(found) == set(COOKIES)
    assert found == {name: seconds(words_of_it) for name, words_of_it in COOKIES.items()}


def test_the_browsers_own_storage_is_used_for_drafts_only():
    scripts = [path.read_text() for path in Path("static/js").glob("*.js")]
    using = [text for text in scripts if re.search(r"(local|session)Storage|indexedDB|document\.cookie", text)]
    assert len(using) == 1
    assert 'const PREFIX = "draft:"' in using[0]
    assert "const WEEK = 7 * 24 * 3600 * 1000;" in using[0]


def test_the_notice_shows_who_and_how_long_from_settings_and_rows(resident, settings, portal):
    settings.RETENTION_MONTHS = 36
    page = words(resident.get("/privacy/"))
    expected = [
        "需求结束 36 个月后，联系方式、原话、往来文字和照片自动删除",
        "上传照片但没有提交的，1 小时后删除；没有写完的草稿只保存在您的手机或电脑里，7 天后删除",
        "活动结束或取消 30 天后删除联系方式",
        "通知您结果 30 天后删除联系方式",
        "我们在 12 个工作日内答复",
        "湖东街道联络委",
        "综合办公室",
        "湖东路 1 号",
        "desk@example.com",
    ]
    assert [text for text in expected if text not in page] == []


def test_the_notice_shows_no_line_that_nobody_filled(resident):
    page = words(resident.get("/privacy/"))
    assert "个人信息保护负责人" not in page
    assert "联系我们，请到您所在社区的窗口。" in page


@pytest.mark.parametrize(
    ("sms", "backend", "text"),
    [
        ("console://", "django.core.mail.backends.console.EmailBackend", "目前不发送短信和邮件"),
        (
            "aliyun://id:hidden@南湖/?received=SMS_1",
            "django.core.mail.backends.console.EmailBackend",
            "阿里云短信服务。",
        ),
        ("console://", "django.core.mail.backends.smtp.EmailBackend", "邮件：mail.example。"),
        (
            "aliyun://id:hidden@南湖/",
            "django.core.mail.backends.smtp.EmailBackend",
            "短信：阿里云短信服务；邮件：mail.example。",
        ),
    ],
)
def test_the_notice_names_who_carries_messages(resident, settings, sms, backend, text):
    settings.SMS_BACKEND, settings.EMAIL_BACKEND, settings.EMAIL_HOST = sms, backend, "mail.example"
    page = words(resident.get("/privacy/"))
    assert text in page.replace(" 。", "。")
    assert "hidden" not in page


def test_every_entry_of_the_contents_leads_somewhere(resident):
    page = resident.get("/privacy/").content.decode()
    places = re.findall(r'<li><a href="#(\w+)">', page)
    assert len(places) == 8
    assert all(page.count(f'id="{place}"') == 1 for place in places)


def test_the_versions_of_the_texts_are_read_with_the_days_between_which_they_stood(resident):
    now = timezone.now()
    day = datetime.timedelta(days=1)
    for version, starts_at in (("2026-12", now - day), ("2027-01", now + day)):
        ConsentText.objects.create(
            purpose="handling", version=version, text=f"同意 {version}", text_en="I agree", starts_at=starts_at
        )
    consent.texts.forget()
    page = words(resident.get("/privacy/consents/"))
    written = [f"{version} 版" for version in ("2027-01", "2026-12", "2026-11")]
    assert [page.index(version) for version in written] == sorted(page.index(version) for version in written)
    assert page.count("正在使用") == len(consent.Purpose) == 8
    assert page.count("起使用") == 1
    assert page.count("2026年11月1日 星期日至") == 1
    for purpose in consent.Purpose:
        assert consent.in_force(purpose).text in page


def test_the_texts_are_read_in_english_too(resident):
    resident.cookies["lang"] = "en"
    page = words(resident.get("/privacy/consents/"))
    assert "I agree to a summary being published (optional)" in page
    assert "You can change your mind at any time." in page
    assert "同意公开这件事的摘要" not in page


@each_row(
    "text",
    [
        "WCAG）2.2 的 AA 级",
        "GB/T 37668—2019",
        "互联网网站适老化通用设计规范",
        "没有请第三方",
        "12 个工作日内答复",
        "027 8765 4321",
    ],
)
def test_the_statement_shows_standard_conformance_and_contact(resident, portal, text):
    assert text in words(resident.get("/accessibility/"))


@pytest.mark.parametrize("address", ["/privacy/", "/privacy/consents/", "/accessibility/"])
def test_the_pages_ask_the_database_little(resident, portal, django_assert_max_num_queries, address):
    resident.get(address)
    with django_assert_max_num_queries(0):
        resident.get(address)


# --- Backups ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keep", "months"), [((7, 4, 3), 3), ((7, 0, 0), 1), ((0, 0, 0), 1), ((60, 4, 1), 3), ((7, 52, 3), 13)]
)
def test_the_notice_says_when_the_last_backup_is_gone(keep, months):
    assert legal.backup_months(keep) == months


def test_backups_are_mentioned_where_there_are_any(resident, settings, tmp_path):
    assert "每天备份" not in words(resident.get("/privacy/"))
    settings.BACKUP_DIR, settings.BACKUP_KEEP = tmp_path, [7, 4, 3]
    assert "每份备份最迟 3 个月后删除" in words(resident.get("/privacy/"))
