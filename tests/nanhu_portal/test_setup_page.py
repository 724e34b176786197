"""The first-run page: from the one-time link to a portal in use, without JavaScript."""

import ipaddress
import re
import threading

import pytest
from django.test import Client
from django.urls import reverse

from consultation.models import Area
from foundation import cached, channels, clock, setup_runs, trials
from foundation.accounts import Role, User
from foundation.audit import AuditEntry
from foundation.portal import Portal
from foundation.setup_runs import SetupRun
from members.models import LiaisonCommittee
from nanhu_portal import settings_file, taking_up
from nanhu_portal.setup import applying, channel_forms, views
from tests import factories
from tests.pages import flat
from tests.rows import each_row
from tests.together import at_once

pytestmark = pytest.mark.django_db

PASSWORD = "lake-and-camphor-7"
ACCOUNT = {"username": "chief", "password1": PASSWORD, "password2": PASSWORD}
ANSWERS = {
    "place": {"level": "2", "district": "东山区", "subdistrict": "虹桥街道", "languages": "zh-hans,en"},
    "names": {
        "name": "虹桥协商",
        "name_en": "Hongqiao Consultation",
        "organiser": "东山区政协虹桥街道联络委",
        "committee": "政协虹桥街道联络委",
        "prefix": "HQ",
    },
    "contact": {
        "phone": "0000-12345678",
        "hours": "工作日",
        "address": "某路 1 号",
        "email": "desk@example.org",
    },
    "address": {"site_url": "https://portal.example.org/", "more_hosts": "10.0.0.8"},
    "mail": {"arranged": "later"},
    "sms": {"provider": "later"},
    "privacy": {"retention_months": "36", "privacy_contact": "街道办公室"},
}
MAIL = {
    "arranged": "now",
    "host": "mail.example.org",
    "security": "smtp+tls",
    "port": "587",
    "user": "desk@example.org",
    "password": "p@ss/wörd",
}


@pytest.fixture(autouse=True)
def file(settings, tmp_path, monkeypatch):
    """The settings file, with which the portal always would start: that takes seconds."""
    settings.SETTINGS_FILE, settings.SET_OUTSIDE = tmp_path / "settings.env", frozenset()
    settings.STAFF_OTP = False
    monkeypatch.setattr(taking_up, "why_not_with", lambda file: "")
    yield settings.SETTINGS_FILE
    cached.forget_all()


@pytest.fixture
def newcomer():
    """The superuser that the command made, who has no password yet."""
    user = User(username="admin", is_superuser=True, is_staff=True)
    user.set_unusable_password()
    user.save()
    return user


@pytest.fixture
def code(newcomer) -> str:
    return setup_runs.begin(newcomer)


def link(code: str) -> str:
    return reverse("setup:link", args=[code])


def question(name: str) -> str:
    return reverse("setup:step", args=[name])


@pytest.fixture
def chief(code, client):
    """A client that has used the link and is signed in."""
    client.post(link(code), ACCOUNT)
    return client


def answer(client, *names: str) -> None:
    for name in names:
        response = client.post(question(name), {**ANSWERS[name], "go": "next"})
        assert response.status_code == 302, (name, response.content.decode())


def said(response) -> str:
    return flat(response.content.decode())


# --- The link --------------------------------------------------------------------------------------------------------


def test_the_link_lets_one_choose_name_and_password_and_works_once(code, client):
    assert client.get(link(code)).status_code == 200
    page = client.get(link(code.lower()))
    assert "设置您的门户" in said(page)
    # What is not there yet is not offered, and nothing leads away from what is being filled in.
    assert not re.search(r'<a [^>]*href="/(?!preferences)', page.content.decode())
    assert page["X-Robots-Tag"] == "noindex"
    assert "no-store" in page["Cache-Control"]
    response = client.post(link(code), ACCOUNT)
    assert (response.status_code, response["Location"]) == (302, "/setup/")
    user = User.objects.get()
    assert user.username == "chief"
    assert user.check_password(PASSWORD)
    assert AuditEntry.objects.filter(action="set_up", actor=user).exists()
    assert client.get("/setup/", follow=True).redirect_chain == [("/setup/questions/place/", 302)]
    second = Client()
    for response in (second.get(link(code)), second.post(link(code), ACCOUNT | {"username": "other"})):
        assert response.status_code == 404
        assert "manage.py setup --link" in said(response)
    assert User.objects.get().username == "chief"


def test_a_second_factor_is_set_up_on_the_way_where_staff_need_one(code, client, settings):
    settings.STAFF_OTP = True
    assert client.post(link(code), ACCOUNT)["Location"] == reverse("authenticator")
    assert client.get("/setup/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"username": ""}, "请填写用户名"),
        ({"username": "two words"}, "用户名"),
        ({"username": "taken"}, "这个用户名已有人在用"),
        ({"password1": "", "password2": ""}, "请填写密码"),
        ({"password2": PASSWORD + "x"}, "两次填的密码不一样"),
        ({"password1": "short-7", "password2": "short-7"}, "密码"),
        ({"password1": "1234567890", "password2": "1234567890"}, "密码"),
    ],
)
def test_a_name_or_password_that_will_not_do_is_said_and_the_link_stays(code, client, changes, told):
    factories.user("taken")
    response = client.post(link(code), ACCOUNT | changes)
    assert response.status_code == 422
    assert told in said(response)
    assert PASSWORD not in said(response)
    assert client.post(link(code), ACCOUNT).status_code == 302


def test_a_link_that_is_wrong_or_too_old_opens_nothing(code, client, monkeypatch):
    assert client.get(link("AAAA-BBBB")).status_code == 404
    later = clock.now() + setup_runs.LINK_FOR
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.post(link(code), ACCOUNT).status_code == 404
    assert setup_runs.sweep() == 1


def test_links_are_not_guessed_without_end(code, client, monkeypatch):
    monkeypatch.setattr(views, "LINKS_AN_HOUR", 2)
    assert [client.post(link("AAAA-BBBB")).status_code for _try in range(3)] == [404, 404, 429]
    assert client.post(link(code), ACCOUNT).status_code == 429


def test_of_an_account_in_use_the_link_gives_nothing_away(code, newcomer, client):
    newcomer.set_password(PASSWORD)
    newcomer.save()
    page = client.post(link(code), ACCOUNT)
    assert "登录后继续" in said(page)
    assert User.objects.get().username == "admin"


@pytest.mark.parametrize("changes", [{"is_active": False}, {"is_superuser": False}])
def test_of_an_account_locked_or_demoted_since_the_link_opens_nothing(code, changes, client):
    User.objects.update(**changes)
    assert client.get(link(code)).status_code == 404
    assert client.post(link(code), ACCOUNT).status_code == 404
    assert not User.objects.get().has_usable_password()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_gets_the_link(code):
    def use() -> int:
        return Client().post(link(code), ACCOUNT).status_code

    assert sorted(at_once(use, use)) == [302, 404]


def test_the_form_needs_its_token(code):
    assert Client(enforce_csrf_checks=True).post(link(code), ACCOUNT).status_code == 403


# --- Who may answer --------------------------------------------------------------------------------------------------


def test_only_a_superuser_gets_to_the_questions_and_only_from_the_networks_of_staff(chief, settings):
    assert Client().get(question("place"))["Location"] == "/accounts/login/?next=/setup/questions/place/"
    liaison = Client()
    liaison.force_login(factories.user("liaison", role=Role.LIAISON_STAFF))
    assert liaison.get(question("place")).status_code == 403
    settings.STAFF_NETWORKS = []
    assert chief.get(question("place")).status_code == 200
    settings.STAFF_NETWORKS = [ipaddress.ip_network("10.0.0.0/8")]
    assert chief.get(question("place")).status_code == 403


def test_without_a_run_there_is_nothing_to_set_up(chief):
    SetupRun.objects.all().delete()
    response = chief.get("/setup/")
    assert response.status_code == 404
    assert "现在没有要设置的" in said(response)


# --- The questions ---------------------------------------------------------------------------------------------------


def test_the_questions_come_one_after_the_other_and_are_kept(chief):
    assert chief.get(question("names"))["Location"] == "/setup/"
    order = list(ANSWERS)
    for name, following in zip(order, [*order[1:], "structure"], strict=True):
        assert f"第 {order.index(name) + 1} 步，共 9 步" in said(chief.get(question(name)))
        response = chief.post(question(name), {**ANSWERS[name], "go": "next"})
        assert response["Location"] == question(following)
    assert "一个表格文件" in said(chief.get(question("structure")))
    assert chief.post(question("structure"))["Location"] == question("check")
    assert chief.get(question("nothing")).status_code == 404
    assert Area.objects.count() == 0, "nothing is made before the answers were checked"
    # Changed from the page with all answers, it leads back there.
    assert chief.post(question("contact"), ANSWERS["contact"])["Location"] == question("check")
    page = said(chief.get(question("check")))
    for text in (
        "虹桥协商",
        "Hongqiao Consultation",
        "0000-12345678",
        "https://portal.example.org",
        "36",
        "以后再开通",
    ):
        assert text in page


def test_suggestions_follow_from_the_place_and_chinese_alone_asks_for_no_english(chief):
    chief.post(question("place"), ANSWERS["place"] | {"languages": "zh-hans"})
    page = said(chief.get(question("names")))
    for text in ("虹桥一线协商", "东山区政协虹桥街道联络委", "政协虹桥街道联络委", 'value="HQ"'):
        assert text in page
    assert "英文" not in page
    chief.post(question("place"), ANSWERS["place"] | {"level": "1"})
    page = said(chief.get(question("names")))
    assert "联络委" not in page
    assert "英文" in page


@pytest.fixture
def half_way(chief, settings):
    """The first four questions are answered."""
    settings.SMS_BACKEND = "off://"
    answer(chief, "place", "names", "contact", "address")
    return chief


@each_row(
    ("name", "changes", "told"),
    [
        ("place", {"level": ""}, "请选择一项"),
        ("place", {"district": ""}, "请填写区的名称"),
        ("place", {"subdistrict": ""}, "请填写街道的名称"),
        ("names", {"prefix": "h1"}, "编号前缀是 2 到 4 个大写字母"),
        ("names", {"name": "协商 13812345678"}, "手机号"),
        ("contact", {"email": "desk"}, "请核对电子邮箱"),
        ("contact", {"phone": "1380000000x"}, "请核对电话号码"),
        ("contact", {"hours": "x" * 81}, "最多 80 个字"),
        ("address", {"site_url": "portal"}, "请填写以 https:// 开头"),
        ("address", {"site_url": "https://portal.example#x"}, "请填写以 https:// 开头"),
        ("address", {"more_hosts": "https://x"}, "只写主机名"),
        ("address", {"more_hosts": "x#;1e;#"}, "只写主机名"),
        ("mail", {"arranged": ""}, "请选择一项"),
        ("mail", MAIL | {"host": ""}, "请填写邮件服务器"),
        ("mail", MAIL | {"host": "https://mail"}, "只写服务器的名称"),
        ("mail", MAIL | {"port": "many"}, "请填写整数"),
        ("mail", MAIL | {"port": "70000"}, "65535"),
        ("sms", {"provider": "aliyun"}, "请填写 AccessKey ID"),
        ("sms", {"provider": "aliyun", "templates": "SMS_1"}, "模板名=代码"),
        ("sms", {"provider": "other"}, "请填写短信服务的地址"),
        ("sms", {"provider": "other", "other": "pigeon://x"}, "SMS_BACKEND is"),
        ("privacy", {"retention_months": "0"}, "1"),
    ],
)
def test_what_will_not_do_is_said_at_its_question_and_kept_out(half_way, name, changes, told):
    response = half_way.post(question(name), {**ANSWERS[name], **changes, "go": "next"})
    assert response.status_code == 422
    assert told in said(response)
    assert "有 " in said(response)
    assert name not in SetupRun.objects.get().answers["answered"].split()[4:]


def test_what_the_environment_sets_is_said_where_it_is_asked(chief, settings):
    answer(chief, "place")
    settings.SET_OUTSIDE = frozenset({"SITE_URL", "ALLOWED_HOSTS"})
    assert "已经写明 SITE_URL、ALLOWED_HOSTS" in said(chief.get(question("address")))
    chief.cookies["lang"] = "en"
    assert "SITE_URL, ALLOWED_HOSTS" in said(chief.get(question("address")))


# --- Mail and text messages ------------------------------------------------------------------------------------------


def test_a_mail_is_sent_for_trial_and_the_server_s_answer_shown(chief, monkeypatch):
    answer(chief, "place", "names", "contact", "address")
    tried = []

    def send(server, sender, to):
        tried.append((server, sender, to))
        if len(tried) == 1:
            return trials.Trial(channel="email", outcome="password", answer="535 authentication failed")
        return trials.Trial(channel="email", outcome="sent", answer="250 queued as 4711")

    monkeypatch.setattr(trials, "try_server", send)
    response = chief.post(question("mail"), MAIL | {"go": "trial", "trial_to": "me@example.org"})
    assert response.status_code == 200
    assert "用户名或密码不对" in said(response)
    assert "授权码" in said(response)
    assert "535 authentication failed" in said(response)
    assert MAIL["password"] not in response.content.decode()
    assert "已经填过" in said(response)
    # The password is not typed again.
    response = chief.post(question("mail"), MAIL | {"password": "", "go": "trial", "trial_to": "me@example.org"})
    assert "250 queued as 4711" in said(response)
    server, sender, to = tried[1]
    assert (server.password, sender, to) == (MAIL["password"], MAIL["user"], "me@example.org")
    assert "mail" not in SetupRun.objects.get().answers["answered"].split()
    assert chief.post(question("mail"), MAIL | {"password": "", "go": "next"}).status_code == 302
    assert channels.mail_server_at(SetupRun.objects.get().answers["email_url"]) == server


@pytest.mark.parametrize(
    "changes", [{"host": "elsewhere.example"}, {"port": "2525"}, {"security": "smtp"}, {"user": "other@x.example"}]
)
def test_a_password_that_was_kept_is_told_to_no_other_server(changes, settings):
    settings.EMAIL_URL = "smtp+tls://desk%40example.org:word@mail.example.org:587"
    before = ANSWERS["address"] | {"email_url": settings.EMAIL_URL}
    entered = MAIL | {"password": ""}
    same, other = (channel_forms.MailForm(values, before=before) for values in (entered, entered | changes))
    assert same.is_valid()
    assert other.is_valid()
    assert (same.made.password, other.made.password) == ("word", "")


def test_a_trial_needs_somebody_to_send_to_and_has_an_end(chief, monkeypatch):
    answer(chief, "place", "names", "contact", "address")
    assert "请填写试发到哪里" in said(chief.post(question("mail"), MAIL | {"go": "trial"}))
    later = chief.post(question("mail"), {"arranged": "later", "go": "trial", "trial_to": "me@example.org"})
    assert "开通以后才能试发" in said(later)
    monkeypatch.setattr(views, "TRIALS_AN_HOUR", 0)
    response = chief.post(question("mail"), MAIL | {"go": "trial", "trial_to": "me@example.org"})
    assert "试发次数太多" in said(response)


def test_text_messages_are_asked_for_by_provider_and_tried(chief, monkeypatch):
    answer(chief, "place", "names", "contact", "address", "mail")
    tried = []
    sent = trials.Trial(channel="sms", outcome="sent")
    monkeypatch.setattr(trials, "try_provider", lambda *args: tried.append(args) or sent)
    aliyun = {"provider": "aliyun", "key_id": "id", "key_secret": "se/cr@et", "signature": "某某街道"}
    given = aliyun | {"templates": "received=SMS_1\r\n link = SMS_2 ", "go": "trial", "trial_to": "13812345678"}
    assert chief.post(question("sms"), given).status_code == 200
    url, phone = tried[0]
    assert phone == "13812345678"
    assert url == "aliyun://id:se%2Fcr%40et@%E6%9F%90%E6%9F%90%E8%A1%97%E9%81%93/?received=SMS_1&link=SMS_2"
    page = chief.get(question("sms"))
    assert "se/cr@et" not in page.content.decode()
    assert chief.post(question("sms"), given | {"key_secret": "", "go": "next"}).status_code == 302
    assert SetupRun.objects.get().answers["sms_backend"] == url
    other = {"provider": "other", "other": "console://", "go": "next"}
    assert chief.post(question("sms"), other).status_code == 302
    assert chief.post(question("sms"), other | {"other": ""}).status_code == 302
    assert SetupRun.objects.get().answers["sms_backend"] == "console://"


def test_answers_are_encrypted_and_hold_the_password_nowhere_else(chief):
    answer(chief, "place", "names", "contact", "address")
    chief.post(question("mail"), MAIL | {"go": "next"})
    assert MAIL["password"] not in SetupRun.objects.get().sealed
    assert MAIL["password"] not in str(list(AuditEntry.objects.values()))
    answer(chief, "sms", "privacy")
    assert MAIL["password"] not in chief.get(question("check")).content.decode()


# --- The act ---------------------------------------------------------------------------------------------------------


def test_put_into_use_it_makes_rows_and_settings_once(chief, file):
    assert chief.get(question("check"))["Location"] == "/setup/"
    answer(chief, *ANSWERS)
    assert chief.post(question("check"))["Location"] == "/setup/done/"
    assert list(Area.objects.order_by("level").values_list("code", flat=True)) == ["dongshan", "hongqiao"]
    portal, committee = Portal.objects.get(), LiaisonCommittee.objects.get()
    assert (portal.name, portal.name_en, portal.email) == ("虹桥协商", "Hongqiao Consultation", "desk@example.org")
    assert (committee.ref_prefix, committee.phone) == ("HQ", "0000-12345678")
    written = settings_file.read(file)
    assert written["SITE_URL"] == "https://portal.example.org"
    assert written["ALLOWED_HOSTS"] == "portal.example.org,10.0.0.8,127.0.0.1,localhost"
    assert (written["RETENTION_MONTHS"], written["EMAIL_URL"], written["SMS_BACKEND"]) == ("36", "off://", "off://")
    done = said(chief.get("/setup/done/"))
    assert "正在自己换上" in done
    assert 'href="https://portal.example.org"' in done
    assert "还差一步" not in done
    file.unlink()
    # What comes late changes nothing.
    for address in (question("check"), question("place")):
        assert chief.post(address, ANSWERS["place"])["Location"] == "/setup/done/"
    assert not file.exists()
    assert AuditEntry.objects.filter(action="set_up").count() == 2, "the account, and this"


def test_settings_that_would_not_start_are_said_and_nothing_is_made(chief, file, monkeypatch):
    answer(chief, *ANSWERS)
    monkeypatch.setattr(taking_up, "why_not_with", lambda file: "MEDIA_ROOT is not set.")
    response = chief.post(question("check"))
    assert response.status_code == 422
    assert "启动不了：MEDIA_ROOT is not set." in said(response)
    assert Area.objects.count() == 0
    assert not file.exists()
    assert setup_runs.current().done_at is None


def test_what_rows_refuse_is_said_and_nothing_is_made(chief):
    answer(chief, *ANSWERS)
    place = factories.tree().subdistrict
    LiaisonCommittee.objects.filter(area=place).delete()
    LiaisonCommittee.objects.create(area=_second(place), name="政协另一街道联络委", ref_prefix="HQ")
    response = chief.post(question("check"))
    assert response.status_code == 422
    assert setup_runs.current().done_at is None


def _second(place: Area) -> Area:
    return Area.objects.create(name="另一街道", code="another", level=2, parent=place.parent, order=9)


def test_where_the_file_cannot_be_written_the_page_says_which_lines_go_where(chief, settings, monkeypatch):
    answer(chief, *ANSWERS)
    settings.SETTINGS_FILE = None
    settings.SET_OUTSIDE = frozenset({"RETENTION_MONTHS"})
    assert chief.post(question("check"))["Location"] == "/setup/done/"
    page = said(chief.get("/setup/done/"))
    assert "还差一步" in page
    assert "SITE_URL=https://portal.example.org" in page
    assert "服务器的环境里另有规定" in page
    assert "RETENTION_MONTHS=36" in page


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_it_happens_once(chief, monkeypatch):
    answer(chief, *ANSWERS)
    both = threading.Barrier(2)

    def why_not(change):
        both.wait(60)
        return ""

    monkeypatch.setattr(applying, "why_not", why_not)

    def press() -> str:
        other = Client()
        other.cookies = chief.cookies
        return other.post(question("check"))["Location"]

    assert at_once(press, press) == ["/setup/done/"] * 2
    assert Area.objects.count() == 2
    assert AuditEntry.objects.filter(action="set_up", subject__startswith="portal").count() == 1


def test_pages_are_in_english_too_and_no_script_is_needed(chief):
    chief.cookies["lang"] = "en"
    answer(chief, "place", "names", "contact", "address")
    for name in ANSWERS:
        page = chief.get(question(name)).content.decode()
        main = re.search(r'<main id="main".*?</main>', page, re.DOTALL)[0]
        assert "<script" not in main
        assert 'class="step">Step ' in flat(main)
        assert "Next" in main or "Continue" in main


@pytest.mark.parametrize("url", ["smtp://mail", "smtp+tls://u:p%40@h:587", "smtps://h", "smtp+ssl://h:465"])
def test_a_mail_server_is_read_from_its_address_and_written_again(url):
    server = channels.mail_server_at(url)
    assert channels.mail_server_at(server.url) == server


@pytest.mark.parametrize("url", ["off://", "consolemail://", "smtp://", "smtp://h:x", "http://[", ""])
def test_what_names_no_mail_server_is_none(url):
    assert channels.mail_server_at(url) is None


def test_an_old_address_of_a_provider_is_not_shown():
    form = channel_forms.SmsForm(before={"sms_backend": "carrier://key:hunter2@host"})
    assert "hunter2" not in str(form)
    assert form.initial["provider"] == "other"
