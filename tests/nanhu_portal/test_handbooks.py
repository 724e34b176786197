"""The handbooks in Chinese: what they name is on the screen, commands and numbers are right, each has its readers."""

import gettext
import re
from pathlib import Path
from urllib.parse import quote

import django
import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from consultation.services import sign_ups, topics
from demands.messages import LINK_DAYS
from demands.services import batches, retention
from foundation import counts, devices, drafts, message_templates, uploads
from members.services import receptions
from nanhu_portal import handbooks, legal
from nanhu_portal.embedded import ROOT
from tests import factories

ZH = ROOT / "docs" / "zh"
BOOKS = {name: (ZH / f"{name}.md").read_text() for name in handbooks.BOOKS}
FENCE = re.compile(r"^( *)```\w*\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(
    r"`((?:sudo|nanhu|systemctl|journalctl|apt-get|certbot|timedatectl|df|install -|docker|manage\.py"
    r"|/opt/nanhu/current/deploy|deploy/\w+\.sh)\b[^`]*)`"
)
# A section of the Chinese edition, and where the English has it: file and heading; without one, before the first.
SECTIONS = [
    ("在 Debian 上安装", "operations", "Install on Debian"),
    ("首次运行", "operations", "First run"),
    ("证书、IPv6 和防火墙", "operations", "TLS"),
    ("东西在哪里", "operations", "Where everything is"),
    ("日常操作", "operations", "Daily life"),
    ("每天、每周、每月", "operations", "Duties"),
    ("出了问题", "operations", "When something is wrong"),
    ("恢复到一台空机器", "operations", "Restore into a blank machine"),
    ("就绪检查", "operations", "Readiness"),
    ("从演示到正式使用", "operations", "From the demo to a portal in use"),
    ("卸载", "operations", "Uninstall"),
    ("升级", "upgrade", ""),
    ("备份", "backup", ""),
]


# --- What they say ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def on_screen() -> set[str]:
    """Every text in Chinese that pages can show: ours, and Django's own translations."""
    with (ROOT / "locale/en/LC_MESSAGES/django.mo").open("rb") as file:
        keys = gettext.GNUTranslations(file)._catalog
    ours = {(key[0] if isinstance(key, tuple) else key).rpartition("\x04")[2] for key in keys}
    folder = Path(django.__file__).parent
    theirs = set()
    for path in folder.rglob("locale/zh_Hans/LC_MESSAGES/django.mo"):
        with path.open("rb") as file:
            theirs |= set(gettext.GNUTranslations(file)._catalog.values())
    return {text.strip() for text in ours | theirs}


@pytest.mark.parametrize("name", BOOKS)
def test_what_stands_in_quotation_marks_is_a_name_on_the_screen(name, on_screen):
    quoted = set(re.findall("“([^”]*)”", BOOKS[name]))
    assert quoted
    # A button that opens a form has three points behind its name.
    assert {text for text in quoted if not {text, text.removesuffix("…")} & on_screen} == set()


def section(text: str, heading: str) -> str:
    """What stands below a heading of the second level, up to the next one; without a heading, before the first."""
    text = re.sub(r"^## ", "\x00", text, flags=re.MULTILINE)
    parts = dict(part.split("\n", 1) for part in text.split("\x00")[1:])
    return parts[heading] if heading else text.partition("\x00")[0]


def commands(text: str) -> tuple[list[str], set[str]]:
    """The blocks of commands, without comments; and the commands in the text."""
    blocks = [
        "\n".join(line.partition(" #")[0].strip() for line in body.splitlines()).strip()
        for _indent, body in FENCE.findall(text)
    ]
    return blocks, {" ".join(found.split()) for found in COMMAND.findall(FENCE.sub("", text))}


@pytest.mark.parametrize(("chinese", "file", "english"), SECTIONS)
def test_both_editions_have_the_same_commands(chinese, file, english):
    mine = commands(section(BOOKS["operations"], chinese))
    theirs = commands(section((ROOT / "docs" / f"{file}.md").read_text(), english))
    assert mine[0] == theirs[0]
    assert mine[1] <= theirs[1]
    # Pages of their own say more in English, for those who develop.
    assert file != "operations" or mine[1] == theirs[1]
    assert mine[0] or mine[1]


def test_every_section_of_the_english_edition_is_in_the_chinese():
    headings = re.findall(r"^## (.*)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    assert set(headings) - {english for _chinese, _file, english in SECTIONS} == {"What is needed"}


def test_the_table_of_retention_has_the_numbers_of_the_code():
    rows = re.findall(
        r"^\| (.+?) \| .+? \| (.+?) \| .+? \| .+? \|$", section(BOOKS["personal-data"], "二、保存期限"), re.MULTILINE
    )
    said = dict(rows)
    months = f"`RETENTION_MONTHS`，默认 {settings.RETENTION_MONTHS} 个月"
    days, weeks, kept_months = settings.BACKUP_KEEP
    longest = max(text.link_days for text in message_templates.listing().values())
    logs = re.search(r"rotate (\d+)", (ROOT / "deploy/nginx/logrotate.conf").read_text())[1]
    assert said == {
        "信息": "保存多久",
        "需求的联系方式、原文、往来文字、照片": months,
        "导入的历史清单中的同类信息": "同上",
        "“我也需要”的联系方式": "同上",
        "活动报名的联系方式": f"{sign_ups.CONTACT_RETENTION.days} 天；本人取消的立即",
        "预约接待的联系方式": f"{receptions.CONTACT_RETENTION.days} 天；本人取消的立即",
        "议题的联系方式": f"{topics.CONTACT_DAYS} 天",
        "上传了但没有提交的照片": f"{uploads.STAGED_FOR.total_seconds() / 3600:.0f} 小时",
        "导入时尚未确认的清单": f"{batches.WAITS_FOR.days} 天",
        "居民和委员浏览器中的草稿": f"{legal.DRAFT_SECONDS // 86400} 天",
        "发送记录和送达回执": "与所发的联系方式相同",
        "短信中的短链接": f"本人进度 {LINK_DAYS} 天，其他最长 {longest} 天",
        "一次性开通链接": f"{settings.PASSWORD_RESET_TIMEOUT // 86400} 天",
        "注销的账号：密码、验证器、邮箱、手机号码": "不保存",
        "注销的账号：姓名、用户名": months,
        "用过的浏览器的标记": f"{devices.SECONDS // 86400} 天",
        "工作人员没有写完的答复": f"{drafts.KEPT_FOR.days} 天",
        "防滥用的计数": "最长 2 天",
        "登录会话": f"最长 {settings.STAFF_SESSION_HOURS} 小时，闲置 {settings.STAFF_IDLE_MINUTES} 分钟即结束",
        "运行数字（不含个人信息）": f"{counts.KEPT.days} 天",
        "操作记录、办理进度、留痕链": "长期，不能改动",
        "备份": f"`BACKUP_KEEP`，默认最近 {days} 天每天、{weeks} 周每周、{kept_months} 个月每月留最后一份",
        "网站服务器日志": f"{logs} 天；网络安全法要求不少于六个月",
    }
    assert f"最迟再过 {retention.WAITS_FOR.days} 天" in BOOKS["personal-data"]


def test_the_files_that_the_pack_names_exist():
    named = {
        path
        for name in ("personal-data", "impact-assessment", "dengbao")
        for path in re.findall(r"`([\w/.-]+\.(?:py|js|conf|sh|md))`", BOOKS[name])
    }
    assert len(named) > 20
    # Behind another file of the same folder its name is enough.
    folders = {Path(path).parent for path in named}
    assert {path for path in named if not any((ROOT / folder / path).exists() for folder in folders)} == set()


def test_pictures_are_small_and_each_is_in_a_handbook():
    there = {path.name: path.stat().st_size for path in (ZH / "pictures").iterdir()}
    used = {name for text in BOOKS.values() for name in re.findall(r"\]\(pictures/([^)]+)\)", text)}
    assert used == set(there)
    assert max(there.values()) <= 80_000
    assert sum(there.values()) <= 3_000_000
    with Image.open(ZH / "pictures" / "desk.webp") as picture:
        assert picture.format == "WEBP"


def test_links_to_parts_and_to_other_handbooks_lead_somewhere():
    anchors = {name: {anchor for anchor, _heading in handbooks.read(name).contents} for name in BOOKS}
    found = 0
    for name, text in BOOKS.items():
        lower = set(re.findall(r'<h3 id="([^"]+)"', handbooks.read(name).text))
        for file, anchor in re.findall(r"\]\(([a-z-]+\.md)?(?:#([^)]+))?\)", text):
            found += 1
            other = file.removesuffix(".md") if file else name
            assert other in BOOKS
            assert not anchor or anchor in anchors[other] | (lower if other == name else set()), (name, file, anchor)
    assert found > 20


# --- Who reads them --------------------------------------------------------------------------------------------------

OPEN = ["staff", "community", "member"]
PACK = ["personal-data", "impact-assessment", "dengbao"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("account", "names"),
    [
        (factories.community_staff, OPEN),
        (factories.liaison_staff, [*OPEN, *PACK]),
        (factories.auditor, [*OPEN, *PACK]),
        (factories.superuser, [*OPEN, "operations", *PACK]),
    ],
)
def test_staff_read_the_handbooks_of_their_role(account, names):
    client = Client()
    client.force_login(account())
    listed = client.get("/admin/handbook/").content.decode()
    assert re.findall(r'<h2><a href="/admin/handbook/([a-z-]+)/">', listed) == names
    for name in handbooks.BOOKS:
        assert client.get(f"/admin/handbook/{name}/").status_code == (200 if name in names else 403)
    assert client.get("/admin/handbook/settings/").status_code == 404
    assert 'href="/admin/handbook/"' in client.get("/admin/").content.decode()


@pytest.mark.django_db
def test_a_handbook_is_a_page_of_the_portal():
    client = Client()
    client.force_login(factories.superuser())
    html = client.get("/admin/handbook/operations/").content.decode()
    assert "<h1>运行手册</h1>" in html
    # Of links those to parts and other handbooks remain; files of the source are nowhere to be opened here.
    assert '<a href="#首次运行">首次运行</a>' in html
    assert f'<a href="../staff/#{quote("用表格建立街道")}">' in html
    assert "docs/operations.md" in html
    assert ".md" not in re.sub(r">[^<]*<", "><", html)
    assert '<div class="table-scroll" tabindex="0" role="region" aria-label="需要准备什么"><table>\n<tbody>' in html
    assert '<th scope="col">步骤</th>' in html
    assert "style=" not in html.partition("<article")[2].partition("</article>")[0]
    html = client.get("/admin/handbook/staff/").content.decode()
    picture = '<img src="/static/handbook/desk.webp" alt="工作台" width="1080" height="560" loading="lazy">'
    # On a phone it is too small to read, and opens by itself.
    assert f'<a class="picture" href="/static/handbook/desk.webp">{picture}</a>' in html


@pytest.mark.django_db
def test_members_read_theirs_in_their_workspace():
    client = Client()
    client.force_login(factories.committee_member(user=factories.member()).user)
    assert 'href="/my/handbook/"' in client.get("/my/").content.decode()
    html = client.get("/my/handbook/").content.decode()
    assert ">委员手册</h1>" in html
    # A picture of a phone has two points for each pixel.
    assert re.search(r'<img src="/static/handbook/member-home.webp" alt="我的工作" width="390"', html)
