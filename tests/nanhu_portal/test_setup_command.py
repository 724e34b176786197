"""`manage.py setup`: an empty server becomes a portal, and a second run changes what it is given."""

import io
import re
import sys

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client

from consultation.models import Area, AreaLevel
from demands.models import Category, StandardReply
from demands.services import words
from foundation import cached, setup_runs
from foundation.accounts import User
from foundation.audit import AuditEntry
from foundation.portal import Portal
from members.models import LiaisonCommittee, Member, Sector
from nanhu_portal import settings_file, taking_up
from nanhu_portal.setup import answers, starting
from tests import crawling, factories

pytestmark = pytest.mark.django_db

OF_NANHU = re.compile(r"南湖|武昌|中央花园|Nanhu\b|Wuchang|NH-\d")
GIVEN = {
    "district": "东山区",
    "subdistrict": "虹桥街道",
    "languages": "zh-hans,en",
    "site_url": "https://portal.example.org",
}


@pytest.fixture(autouse=True)
def file(settings, tmp_path, monkeypatch):
    """The settings file, with which the portal always would start: that takes seconds."""
    settings.SETTINGS_FILE, settings.SET_OUTSIDE = tmp_path / "settings.env", frozenset()
    monkeypatch.setattr(taking_up, "why_not_with", lambda file: "")
    monkeypatch.setattr(settings_file, "provisional", {})
    yield settings.SETTINGS_FILE
    cached.forget_all()


def run(*flags: str, **given: str) -> str:
    output = io.StringIO()
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given.items()]
    call_command("setup", "--non-interactive", *flags, *options, stdout=output)
    return output.getvalue()


def link_in(output: str) -> str:
    [path] = re.findall(r"https?://[^/\s]+(/setup/\S+/)", output)
    return path


def test_an_empty_server_becomes_a_portal_with_one_link(file):
    output = run(**GIVEN, phone="0000-12345678", hours="工作日 9:00–17:00", address="某路 1 号")
    areas = Area.objects.order_by("level").values_list("name", "code", "parent__name", "is_demo")
    assert list(areas) == [("东山区", "dongshan", None, False), ("虹桥街道", "hongqiao", "东山区", False)]
    portal, committee = Portal.objects.get(), LiaisonCommittee.objects.get()
    assert (portal.name, portal.organiser) == ("虹桥一线协商", "东山区政协虹桥街道联络委")
    assert (committee.name, committee.ref_prefix, committee.phone) == ("政协虹桥街道联络委", "HQ", "0000-12345678")
    assert (committee.hours, committee.address) == ("工作日 9:00–17:00", "某路 1 号")
    assert (Category.objects.count(), StandardReply.objects.count(), Sector.objects.count()) == (12, 8, 8)
    assert Member.objects.count() == 0
    assert settings_file.read(file) == {
        "SITE_URL": "https://portal.example.org",
        "ALLOWED_HOSTS": "portal.example.org,testserver,127.0.0.1,localhost",
    }
    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff, user.has_usable_password()) == ("admin", True, True, False)
    assert link_in(output).startswith("/setup/")
    assert "https://portal.example.org/setup/" in output
    detail = AuditEntry.objects.get(action="set_up").detail
    assert "subdistrict" in detail
    assert "12345678" not in detail


def test_run_again_it_shows_what_is_set_and_changes_only_what_is_given(file):
    run(**GIVEN, phone="0000-12345678")
    LiaisonCommittee.objects.update(hours="周六")
    User.objects.get().set_password("x")
    before = {model: list(model.objects.order_by("pk").values()) for model in (Area, LiaisonCommittee, Category)}
    file_before = file.read_text()
    output = run()
    assert "虹桥街道" in output
    assert "这个门户为谁而建？: 一个街道（或镇、乡）" in output
    assert {model: list(model.objects.order_by("pk").values()) for model in before} == before
    assert file.read_text() == file_before
    output = run(name="虹桥协商", phone="0000-87654321", hours="工作日")
    assert "hours, name, phone" in output
    assert Portal.objects.get().name == "虹桥协商"
    committee = LiaisonCommittee.objects.get()
    assert committee.phone == "0000-87654321"
    assert committee.hours == "周六", "the committee has hours of its own"
    assert Area.objects.count() == 2


def test_a_subdistrict_of_another_name_is_the_same_one_renamed():
    run(**GIVEN)
    run(subdistrict="虹桥镇")
    place = Area.objects.get(level=AreaLevel.SUBDISTRICT)
    assert (place.name, place.code) == ("虹桥镇", "hongqiao")


def test_of_several_subdistricts_it_changes_the_one_named_and_makes_no_further_one():
    run(**GIVEN)
    Area.objects.create(name="天桥街道", code="tianqiao", level=2, parent=Area.objects.get(level=1))
    with pytest.raises(CommandError, match="天桥街道、虹桥街道"):
        run(subdistrict="石桥街道")
    run(subdistrict="天桥街道", committee="政协天桥街道联络委", prefix="TQ")
    assert LiaisonCommittee.objects.get(area__code="tianqiao").ref_prefix == "TQ"
    with pytest.raises(CommandError, match="编号前缀 HQ"):
        run(subdistrict="天桥街道", prefix="HQ")


def test_a_whole_district_begins_without_a_subdistrict():
    run(level="1", district="东山区", site_url="https://portal.example.org", name="东山协商", organiser="东山区政协")
    assert list(Area.objects.values_list("name", "level")) == [("东山区", 1)]
    assert LiaisonCommittee.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"district": ""}, "--district: 请填写区的名称"),
        ({"subdistrict": ""}, "--subdistrict: 请填写街道的名称"),
        ({"site_url": "portal.example.org"}, "--site-url: 请填写以 https:// 开头"),
        ({"site_url": "https://portal.example.org/path"}, "--site-url"),
        ({"site_url": "https://[portal"}, "--site-url"),
        ({"more_hosts": "*"}, "--more-hosts: 只写主机名"),
        ({"languages": "en"}, "--languages"),
        ({"prefix": "hq"}, "--prefix: 编号前缀是"),
        ({"retention_months": "0"}, "--retention-months"),
        ({"retention_months": "two"}, "--retention-months: 请填写整数"),
        ({"email": "portal"}, "--email"),
        ({"organiser": "主办 13812345678"}, "--organiser"),
    ],
)
def test_a_wrong_answer_names_its_option_and_nothing_is_made(given, said, file):
    with pytest.raises(CommandError, match=re.escape(said)):
        run(**GIVEN | given)
    assert Area.objects.count() == 0
    assert not file.exists()


def test_settings_that_would_not_start_are_refused_before_anything_is_made(file, monkeypatch):
    monkeypatch.setattr(taking_up, "why_not_with", lambda file: "EMAIL_URL cannot be read.")
    with pytest.raises(CommandError, match=r"EMAIL_URL cannot be read\."):
        run(**GIVEN, email_url="pigeon://x")
    assert Area.objects.count() == 0
    assert not file.exists()


def test_without_a_file_it_says_which_lines_belong_into_the_environment(settings):
    settings.SETTINGS_FILE = None
    output = run(**GIVEN)
    assert "SITE_URL=https://portal.example.org" in output
    assert Area.objects.exists()
    with pytest.raises(CommandError, match="SETTINGS_FILE"):
        run("--keys")


def test_what_the_environment_sets_is_said_and_not_written(settings, file):
    settings.SET_OUTSIDE = frozenset({"SITE_URL"})
    output = run(**GIVEN)
    assert "SITE_URL" not in settings_file.read(file)
    assert "以环境为准" in output
    assert "SITE_URL=https://portal.example.org" in output


def test_a_superuser_with_a_password_is_left_alone_unless_a_link_is_asked_for(django_user_model):
    django_user_model.objects.create_superuser("chief", password="a-long-password-1")
    assert "/setup/" not in run(**GIVEN)
    assert link_in(run("--link"))
    assert User.objects.count() == 1
    assert setup_runs.current().user.username == "chief"


def test_answers_are_left_to_the_page_until_somebody_has_used_its_link(file):
    first, second = link_in(run("--page")), link_in(run("--page"))
    assert first != second
    assert not file.exists() and not Area.objects.exists()
    client = Client()
    assert [client.get(link).status_code for link in (first, second)] == [404, 200]
    user = User.objects.get()
    user.set_password("a-long-password-1")
    user.save()
    assert run("--page") == ""
    with pytest.raises(CommandError, match="leaves the answers to the page"):
        run("--page", **GIVEN)
    with pytest.raises(CommandError, match="no --keys"):
        run("--page", "--keys")


def test_somebody_else_s_name_is_not_taken(django_user_model):
    django_user_model.objects.create_user("admin")
    with pytest.raises(CommandError, match="--superuser"):
        run(**GIVEN)
    assert run("--superuser=chief")


def test_it_asks_at_a_terminal_until_an_answer_will_do(monkeypatch):
    typed = {"区（或": "东山区", "街道（或": "虹桥街道", "文字": "zh-hans", "公开网址": "nonsense"}
    asked = []

    def answer(prompt: str) -> str:
        assert len(asked) < 40
        asked.append(prompt)
        if "nonsense" in prompt:
            return "https://portal.example.org"
        return next(
            (text for beginning, text in typed.items() if prompt.startswith((beginning, f"网站用什么{beginning}"))), ""
        )

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    output = io.StringIO()
    call_command("setup", stdout=output)
    assert "✗" in output.getvalue()
    assert Area.objects.filter(name="虹桥街道").exists()
    assert Portal.objects.get().name == "虹桥一线协商", "Enter takes what is suggested"
    assert not any("英文" in prompt for prompt in asked), "of a portal in Chinese alone no English is asked for"


def test_who_ends_the_questions_changes_nothing(monkeypatch):
    def ends(_prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", ends)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("setup", stdout=io.StringIO())
    assert Area.objects.count() == 0


def test_figures_that_cannot_be_counted_now_keep_no_answer_from_coming_into_force(
    file, monkeypatch, django_capture_on_commit_callbacks
):
    def fails():
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(words, "relearn", fails)
    with django_capture_on_commit_callbacks(execute=True):
        assert "/setup/" in run(**GIVEN)


def test_answers_that_are_refused_change_no_setting_either(file):
    run(**GIVEN)
    other = factories.area(AreaLevel.SUBDISTRICT, Area.objects.get(name="东山区"), code="other")
    Area.objects.filter(pk=other.pk).update(order=9)
    LiaisonCommittee.objects.create(area=other, name="另一个联络委", ref_prefix="ZZ")
    before = file.read_text()
    with pytest.raises(CommandError, match="ZZ"):
        run(prefix="ZZ", retention_months="36")
    assert file.read_text() == before


def test_a_password_that_is_kept_is_not_on_the_screen(monkeypatch, settings):
    run(**GIVEN)
    settings.EMAIL_URL = "smtp+tls://desk:secret-word@smtp.example.org:587"
    settings.SMS_BACKEND = "aliyun://key:secret-word@sign/?received=SMS_1"
    prompts = []
    monkeypatch.setattr("builtins.input", lambda prompt: prompts.append(prompt) or "")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    output = io.StringIO()
    call_command("setup", stdout=output)
    assert "secret-word" not in "".join(prompts) + output.getvalue()
    assert any("EMAIL_URL" in prompt and "[smtp+tls://…]" in prompt for prompt in prompts)


def test_the_sender_of_mail_is_kept_and_can_be_taken_back(file, settings):
    settings.MAIL_FROM = "talk@example.org"
    run(**GIVEN)
    assert "MAIL_FROM" not in settings_file.read(file), "it is what it was"
    run(mail_from="")
    assert settings_file.read(file)["MAIL_FROM"] == ""


# --- Beside the article's facts, and without them --------------------------------------------------------------------


def test_load_nanhu_fits_beside_it(file):
    run(district="武昌区", subdistrict="南湖街道", languages="zh-hans,en", site_url="https://portal.example.org")
    call_command("load_nanhu", stdout=io.StringIO())
    codes = Area.objects.order_by("level").values_list("code", flat=True)
    assert list(codes) == ["wuchang", "nanhu", "zhongyang-huayuan"]
    assert LiaisonCommittee.objects.get().ref_prefix == "NH"
    assert Portal.objects.get().story.startswith("南湖街道这片地方")
    assert Member.objects.count() == 8
    run()
    assert Area.objects.count() == 3


def test_nothing_of_nanhu_is_in_another_subdistrict_s_portal():
    run(**GIVEN, hours_en="Working days")
    cached.forget_all()
    staff, resident, english = Client(), Client(), Client()
    staff.force_login(User.objects.get())
    english.cookies["lang"] = "en"
    found = {}
    for reader, begin in ((resident, "/"), (english, "/"), (staff, "/admin/menu/")):
        first = reader.get(begin).content.decode()
        addresses = {begin, "/site.webmanifest", *crawling.links(begin, first)}
        if reader is staff:
            addresses = {f"{one}add/" for one in addresses if one.count("/") == 4}  # of each list
        pages = {one: reader.get(one).content.decode(errors="replace") for one in addresses if one.endswith("/")}
        assert len(pages) > 10
        found |= {page: text for page, text in pages.items() if OF_NANHU.search(text)}
    assert list(found) == []


# --- Names and settings to begin with --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "level", "code", "prefix"),
    [
        ("南湖街道", AreaLevel.SUBDISTRICT, "nanhu", "NH"),
        ("武昌区", AreaLevel.DISTRICT, "wuchang", "WC"),
        ("四川北路街道", AreaLevel.SUBDISTRICT, "sichuanbeilu", "SCBL"),
        ("湖镇", AreaLevel.SUBDISTRICT, "hu", "HU"),
        ("区", AreaLevel.DISTRICT, "qu", "QU"),
        ("The Lake", AreaLevel.SUBDISTRICT, "subdistrict", ""),
    ],
)
def test_codes_and_prefixes_come_from_the_name(name, level, code, prefix):
    assert (answers.code_for(name, level), answers.prefix_for(name)) == (code, prefix)


def test_a_server_without_settings_begins_with_some(tmp_path):
    made = starting.values({}, ["manage.py", "setup", "--keys", "--site-url=https://a.example"], tmp_path)
    assert made["ALLOWED_HOSTS"] == "a.example,127.0.0.1,localhost"
    assert (made["EMAIL_URL"], made["SMS_BACKEND"], made["MEDIA_ROOT"]) == ("off://", "off://", str(tmp_path / "media"))
    keys = {made[name] for name in starting.KEYS}
    assert len(keys) == 3
    assert min(map(len, keys)) >= 50
    assert starting.values(made, ["setup", "--keys"], tmp_path) == {}, "what is set stays"
    without = starting.values({}, ["setup", "--site-url", "https://[x"], None)
    assert (without["SITE_URL"], without["ALLOWED_HOSTS"]) == ("https://[x", "localhost,127.0.0.1")
    assert not set(starting.KEYS) & set(without)


def test_a_demo_keeps_its_own_defaults_and_keys_come_with_the_database(tmp_path):
    starting.stand_in({"DEMO": "1"}, {}, ["manage.py", "setup"])
    assert settings_file.provisional == {}
    environment = {"SETTINGS_FILE": str(tmp_path / "settings.env"), "DATABASE_URL": "postgres://a@b/c"}
    starting.stand_in(environment, {}, ["manage.py", "setup", "--keys"])
    assert settings_file.provisional["DATABASE_URL"] == "postgres://a@b/c"
