"""Consent texts: versions that never change, in force from their start, and carried by the forms that showed them."""

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from demands.forms.intake import ContactForm
from foundation import consent
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from foundation.consent import ConsentText, Purpose
from foundation.purging import purge
from tests.pages import form, words

pytestmark = pytest.mark.django_db

# The first versions, written by hand. People agreed to them, so they never change.
FIRST = {
    "handling": (
        "我已满 14 周岁（未满的请由监护人提交），同意经办的工作人员和接手的委员为办理这件事使用以上信息",
        "I am 14 or over (if you are under 14, ask a parent or guardian to submit this). I agree that the staff "
        "handling this and the CPPCC member who takes it on may use this information to deal with it",
        "",
    ),
    "publication": (
        "同意公开这件事的摘要（选填）",
        "I agree to a summary being published (optional)",
        "由工作人员改写，不含姓名、电话和小区以外的具体位置。不同意也照样办理，以后可以随时撤回。",
    ),
    "intake": (
        "已当面或在电话里说明：经办人员和接手的委员会为办理而看到联系方式，本人同意",
        "I explained, in person or by phone, that the staff handling this and the CPPCC member who takes it on will "
        "see the contact details in order to deal with it, and the person agreed",
        "",
    ),
    "sign_up": (
        "同意为这场活动使用以上信息",
        "I agree to this information being used for this event",
        "只用来告诉您这场活动的报名、变动和提醒，活动结束 30 天后删除；取消报名的马上删除。",
    ),
    "topic_order": (
        "我已满 14 周岁，同意联络委用它告诉我这个议题的结果。只作这一个用途，不公开，告知结果一个月后删除。",
        "I am 14 or over, and agree that the liaison committee may use this to tell me the result of this topic. It "
        "is used for nothing else, is not made public, and is deleted one month after you have been told.",
        "",
    ),
    "handling_for_other": (
        "我已满 14 周岁，已经告诉本人并得到同意（或者我是监护人）："
        "经办的工作人员和接手的委员可以为办理这件事使用以上信息",
        "I am 14 or over. I have told the person this is for, and they agree (or I am their parent or guardian): the "
        "staff handling this and the CPPCC member who takes it on may use this information to deal with it",
        "",
    ),
    "support": (
        "我已满 14 周岁，同意联络委用它告诉我这件需求的进展",
        "I am 14 or over, and agree that the liaison committee may use this to tell me about progress with this need",
        "只作这一个用途，不公开，随时可以取消；和这件需求的个人信息一起删除。",
    ),
    "reception": (
        "我已满 14 周岁，同意接待的委员和联络委的工作人员为这次接待使用以上信息",
        "I am 14 or over, and agree that the CPPCC member who receives me and the liaison committee’s staff may use "
        "this information for this meeting",
        "只用来告诉您这次接待的预约、变动和提醒；谁看了完整的联系方式，都要写明理由并留下记录。"
        "接待结束 30 天后删除；取消预约的马上删除。",
    ),
}
ADD = "/admin/foundation/consenttext/add/"
HOUR = datetime.timedelta(hours=1)


def new_version(purpose: str = Purpose.HANDLING, **values) -> ConsentText:
    defaults = {"version": "2027-01", "text": "同意新的用法", "text_en": "I agree to the new use"}
    text = ConsentText.objects.create(purpose=purpose, **(defaults | values))
    consent.texts.forget()
    return text


# --- The texts -------------------------------------------------------------------------------------------------------


def test_every_purpose_has_its_first_text_as_it_always_stood():
    rows = {row.purpose: row for row in ConsentText.objects.all()}
    assert {key: (row.text, row.text_en, row.hint) for key, row in rows.items()} == FIRST
    assert {row.version for row in rows.values()} == {"2026-11"}
    assert set(rows) == set(Purpose.values)


def test_a_database_that_was_emptied_gets_the_first_texts_again_and_no_others():
    texts = {ConsentText: list(ConsentText.objects.values_list("pk", flat=True))}
    purge(texts, actor=SYSTEM, subject="consents", reason="test")
    newer = new_version(Purpose.SIGN_UP)
    for _time in range(2):
        consent.seed()
    assert ConsentText.objects.count() == len(FIRST)
    assert ConsentText.objects.get(purpose="sign_up") == newer
    assert ConsentText.objects.get(purpose="handling").text == FIRST["handling"][0]


@pytest.mark.parametrize("act", ["update", "delete"])
def test_a_text_is_neither_changed_nor_deleted(act):
    rows = ConsentText.objects.filter(purpose="handling")
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        rows.update(text="别的意思") if act == "update" else rows.delete()
    assert rows.get().text == FIRST["handling"][0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "2026-11"},
        {"text": ""},
        {"text_en": ""},
        {"hint": "只有中文"},
        {"hint_en": "English only"},
    ],
)
def test_a_text_is_in_both_languages_under_a_version_of_its_own(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        new_version(**wrong)


def test_the_text_in_force_is_the_latest_that_has_begun():
    first = consent.in_force("handling")
    now = timezone.now()
    second, third = new_version(starts_at=now - HOUR), new_version(version="2027-02", starts_at=now + HOUR)
    found = [consent.in_force("handling", at) for at in (now - 2 * HOUR, now - HOUR, now, now + HOUR)]
    assert found == [first, second, second, third]
    assert consent.in_force("handling", first.starts_at - HOUR) is None
    assert consent.in_force("publication").version == "2026-11"


def test_texts_are_read_once_and_an_unknown_key_is_looked_for(django_assert_num_queries):
    token = consent.show("handling").signed()
    with django_assert_num_queries(0):
        assert consent.read(token, ["handling"]).texts["handling"].version == "2026-11"
    # A process that does not know a new version yet receives a form that shows it.
    text = ConsentText.objects.create(purpose="handling", version="2027-01", text="新", text_en="New")
    token = consent.Shown({"handling": text}, "en", timezone.now()).signed()
    assert consent.read(token, ["handling"]).texts["handling"] == text


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "\x00", "同意"])
def test_what_is_no_token_of_ours_shows_nothing(token):
    assert consent.read(token, ["handling"]) is None


def test_a_token_for_other_boxes_or_of_a_text_that_is_not_there_shows_nothing():
    assert consent.read(consent.show("sign_up").signed(), ["handling"]) is None
    gone = consent.Shown({"handling": ConsentText(pk=10**9)}, "en", timezone.now())
    assert consent.read(gone.signed(), ["handling"]) is None


# --- The form --------------------------------------------------------------------------------------------------------


def sent(opened: ContactForm, **values) -> ContactForm:
    return ContactForm({"shown": opened["shown"].value(), "consent_handling": "on"} | values)


def test_a_form_shows_the_texts_in_force_in_the_language_of_the_page():
    for language, place in (("zh-hans", 0), ("en", 1)):
        with translation.override(language):
            opened = ContactForm()
        assert opened["consent_handling"].label == FIRST["handling"][place]
        assert sent(opened)["consent_handling"].label == FIRST["handling"][place], "as it was shown, whatever is on now"
    assert ContactForm()["consent_publication"].help_text == FIRST["publication"][2]


def test_a_form_opened_before_a_new_version_counts_for_what_it_showed():
    before = timezone.now().replace(microsecond=0)
    with translation.override("en"):
        opened = ContactForm()
    newer = new_version()
    back = sent(opened, consent_publication="on")
    assert back.is_valid()
    shown = back.cleaned_data["shown"]
    assert {key: text.version for key, text in shown.texts.items()} == {"handling": "2026-11", "publication": "2026-11"}
    assert shown.language == "en"
    assert before <= shown.at <= timezone.now()
    assert ContactForm().fields["consent_handling"].label == newer.text


def test_what_was_shown_stays_while_the_form_comes_back_with_errors():
    opened = ContactForm()
    new_version()
    back = sent(opened, phone="123")
    assert not back.is_valid()
    assert back["consent_handling"].label == FIRST["handling"][0]
    assert back["consent_handling"].value()
    assert back["shown"].value() == opened["shown"].value()


def test_a_page_opened_again_after_a_new_version_shows_it_with_empty_boxes():
    answers = {"shown": ContactForm()["shown"].value(), "phone": "13912345678", "consent_handling": "on"}
    assert ContactForm(initial=answers)["consent_handling"].value() == "on"
    newer = new_version()
    again = ContactForm(initial=answers)
    assert again["consent_handling"].label == newer.text
    assert (again["consent_handling"].value(), again["phone"].value()) == (None, "13912345678")
    assert answers["consent_handling"] == "on", "what was answered is not changed by looking at it"


@pytest.mark.parametrize("carried", [None, "", "forged"])
def test_a_tick_without_the_words_beside_it_does_not_count(carried):
    data = {"phone": "13912345678", "consent_handling": "on", "consent_publication": "on"}
    back = ContactForm(data if carried is None else data | {"shown": carried})
    assert back.errors == {"consent_handling": ["同意的内容有更新，请阅读后重新勾选"]}
    assert not back["consent_publication"].value()
    assert sent(back, phone="13912345678").is_valid(), "with the words it shows now it does"


# --- In the admin ----------------------------------------------------------------------------------------------------


def add(client, **values):
    filled = {
        "purpose": "handling",
        "version": "2027-01",
        "text": "同意新的用法",
        "text_en": "I agree to the new use",
    }
    return form(client.get(ADD), "version").send(client, ADD, **(filled | values))


def test_the_superuser_adds_a_version_that_is_in_force_at_once(admin_client):
    before = timezone.now()
    assert add(admin_client).status_code == 302
    text = ConsentText.objects.get(version="2027-01")
    assert before <= text.starts_at <= timezone.now()
    assert consent.in_force("handling") == text
    entry = AuditEntry.objects.get(action="added")
    assert (entry.subject, entry.actor) == (f"consenttext:{text.pk}", admin_client.user)


def test_a_version_may_begin_later_but_not_in_the_past(admin_client):
    response = add(admin_client, starts_at_0="2026-11-20", starts_at_1="08:00")
    assert "新版本不能从过去的时间开始。" in words(response)
    assert add(admin_client, starts_at_0="2999-01-01", starts_at_1="08:00").status_code == 302
    assert consent.in_force("handling").version == "2026-11"
    assert consent.in_force("handling", timezone.now() + datetime.timedelta(days=3650)).version == "2026-11"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"version": "2026-11"}, "相同的版本号"),
        ({"text_en": ""}, "必填"),
        ({"hint": "只有中文"}, "中文和英文都须填写"),
    ],
)
def test_a_version_that_is_not_whole_is_refused_with_a_sentence(admin_client, values, message):
    assert message in words(add(admin_client, **values))
    assert ConsentText.objects.count() == len(FIRST)


def test_nobody_changes_a_version_in_the_admin(admin_client, auditor_client):
    text = consent.in_force("handling")
    page = f"/admin/foundation/consenttext/{text.pk}/change/"
    for client in (admin_client, auditor_client):
        assert text.text in words(client.get(page))
        assert client.post(page, {"text": "别的"}).status_code == 403
    assert auditor_client.get(ADD).status_code == 403
