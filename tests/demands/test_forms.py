"""What residents type: taken where it can be, refused with a sentence where not, and never a server error."""

import uuid

import pytest
from django.core.exceptions import ValidationError

from consultation.models import Area, places
from demands.forms.intake import ContactForm, DescribeForm, area_choices
from demands.forms.residents import AddForm, LostCodeForm, RateForm, ReasonForm, TrackForm
from foundation import cached, consent
from foundation.consent import Purpose
from foundation.forms import PhoneField, TextField
from tests import factories

# Consent texts and choices are rows.
pytestmark = pytest.mark.django_db

UNSTORABLE = "文字中有无法保存的字符，请删除后再试。"


def describe(**values) -> DescribeForm:
    data = {
        "description": "路灯坏了。",
        "category": str(factories.category().pk),
        "area": str(factories.tree().compound.pk),
        "place": "3 号门外",
    }
    return DescribeForm(data | values)


def contact(**values) -> ContactForm:
    shown = consent.show(Purpose.HANDLING, Purpose.PUBLICATION).signed()
    return ContactForm({"shown": shown, "consent_handling": "on"} | values)


# --- Text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["路灯\x00坏了", "\x00", "路灯\ud800坏了", "\udfff", "😀\ud83d"])
@pytest.mark.parametrize("field", ["description", "place"])
def test_nul_and_lone_surrogates_are_refused_with_a_sentence(field, text):
    form = describe(**{field: text})
    assert not form.is_valid()
    assert form.errors[field] == [UNSTORABLE]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (lambda value: contact(called=value), "called"),
        (lambda value: contact(phone=value), "phone"),
        (lambda value: TrackForm({"code": value}), "code"),
        (lambda value: LostCodeForm({"ref": value, "address": "x"}), "ref"),
        (lambda value: LostCodeForm({"ref": "x", "address": value}), "address"),
        (lambda value: AddForm({"body": value}), "body"),
        (lambda value: RateForm({"work": "satisfied", "result": "satisfied", "comment": value}), "comment"),
        (lambda value: ReasonForm({"reason": value}), "reason"),
    ],
)
def test_every_text_field_refuses_what_cannot_be_stored(form, field):
    for value in ("a\x00b", "a\ud800b"):
        assert form(value).errors[field] == [UNSTORABLE]


@pytest.mark.parametrize("value", ["a\x00b@example.com", "a\ud800b@example.com"])
def test_an_e_mail_that_cannot_be_stored_is_refused(value):
    form = contact(email=value)
    assert not form.is_valid()
    assert "email" in form.errors


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  路灯坏了。 ", "路灯坏了。"),
        ("一\r\n二\r三\n四", "一\n二\n三\n四"),
        ("一\t二", "一\t二"),
        ("路\x07灯\x1b[31m坏\x7f了", "路灯[31m坏了"),  # control characters
        ("路\u200b灯\ufeff坏\u202e了", "路灯坏了"),  # invisible ones, and those that turn the direction
        ("😀👍🏽", "😀👍🏽"),
        ("𠮷野家", "𠮷野家"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # kept as text; pages escape it
    ],
)
def test_text_is_kept_without_what_nobody_sees(typed, kept):
    assert TextField(lines=True).clean(typed) == kept


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\u200b\u200b", "\x07", "　"])
def test_text_of_nothing_visible_is_missing(text):
    form = describe(description=text)
    assert form.errors["description"] == ["请填写发生了什么事"]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("字" * 2000, True),
        ("字" * 2001, False),
        ("😀" * 2000, True),
        ("一\r\n" * 999 + "一", True),  # a line break counts as one
        ("字" * 2000 + "\u200b" * 50, True),  # what is dropped does not count
    ],
)
def test_a_description_has_up_to_2000_characters(text, valid):
    assert describe(description=text).is_valid() is valid


def test_too_long_a_text_is_told_by_how_much():
    form = describe(description="字" * 2050)
    assert form.errors["description"] == ["最多 2000 个字，现在有 2050 个字。"]


def test_an_area_that_another_process_has_just_offered_is_taken():
    """Each process reads the areas once a minute; a page with them and its answer may go to two of them."""
    assert describe().is_valid()
    community = factories.tree().community
    # As an edit elsewhere: nothing is forgotten here.
    new = Area(name="新苑", code="xinyuan", level=community.level + 1, parent=community)
    Area.objects.bulk_create([new])
    assert new.pk not in places.areas()
    assert describe(area=str(new.pk)).is_valid()
    assert describe(area=str(new.pk + 1)).errors["area"] == ["请选择列表中的小区"]
    assert describe(area="9" * 5000).errors["area"] == ["请选择列表中的小区"]


def test_the_first_areas_of_a_portal_are_offered_at_once():
    cached.forget_all()
    assert area_choices() == []
    Area.objects.bulk_create([Area(name="东山区", code="d", level=1)])
    [district] = Area.objects.all()
    Area.objects.bulk_create([Area(name="虹桥街道", code="s", level=2, parent=district)])
    Area.objects.bulk_create([Area(name="桂花社区", code="c", level=3, parent=Area.objects.get(code="s"))])
    assert [label for label, _areas in area_choices()] == ["桂花社区"]


def test_no_field_lets_the_browser_cut_text_off():
    for form in (TrackForm(), LostCodeForm(), ReasonForm(), ContactForm(), DescribeForm()):
        for name, field in form.fields.items():
            if isinstance(field, TextField):
                assert "maxlength" not in field.widget.attrs, name


# --- Phone and e-mail ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("139 1234 5678", "13912345678"),
        ("+86-139-1234-5678", "13912345678"),
        ("１３９１２３４５６７８", "13912345678"),
        ("027-87654321", "02787654321"),
        ("\u200b13912345678\u202c", "13912345678"),  # copied from an address book
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_phone_is_cleaned_to_its_digits(typed, kept):
    form = contact(phone=typed)
    assert form.is_valid(), form.errors
    assert form.cleaned_data["phone"] == kept


@pytest.mark.parametrize("typed", ["12345", "1391234567", "139x2345678", "87654321", "+1 415 555 0100"])
def test_a_phone_that_is_none_is_told_with_an_example(typed):
    form = contact(phone=typed)
    assert form.errors["phone"] == ["请核对电话号码：手机号 11 位，座机须带区号，如 027-87654321。"]


def test_a_phone_field_can_be_required():
    with pytest.raises(ValidationError):
        PhoneField(required=True).clean("")


def test_nul_is_refused_in_a_choice_too():
    assert "category" in describe(category="\x00").errors


@pytest.mark.parametrize("typed", ["wang", "wang@", "@example.com", "wang@example", "wang example@x.com"])
def test_an_e_mail_that_is_none_is_told_with_an_example(typed):
    assert contact(email=typed).errors["email"] == ["请核对电子邮箱，格式如 name@example.com"]


def test_contact_is_optional_and_consent_to_handling_is_not():
    assert contact().is_valid()
    assert ContactForm({}).errors == {"consent_handling": ["您同意为办理这件事使用信息后，才能提交"]}


@pytest.mark.parametrize(("sent", "agreed"), [({}, False), ({"consent_publication": "on"}, True)])
def test_consent_to_publication_is_given_only_by_a_tick(sent, agreed):
    form = contact(**sent)
    assert form.is_valid()
    assert form.cleaned_data["consent_publication"] is agreed
    assert ContactForm().fields["consent_publication"].initial is None


# --- Choices ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0", "999999", "x", "-1", "1.5", "' OR 1=1", "字", "9" * 40])
def test_a_category_outside_the_list_is_refused(value):
    assert describe(category=value).errors["category"] == ["请选择列表中的类别"]


def test_a_category_may_stay_open_on_the_first_page():
    form = describe(category="")
    assert form.is_valid()
    assert form.cleaned_data["category"] is None


@pytest.mark.parametrize("value", ["", "0", "999999", "x", "-1", "\x00", "' OR 1=1"])
def test_an_area_outside_the_list_is_refused(value):
    form = describe(area=value)
    assert form.errors["area"] in (["请选择列表中的小区"], ["请选择事情发生在哪个小区"])


@pytest.mark.parametrize(
    ("place", "offered"),
    [("district", False), ("subdistrict", False), ("community", True), ("compound", True), ("far_compound", True)],
)
def test_communities_and_compounds_are_offered(place, offered):
    area = getattr(factories.tree(), place)
    assert describe(area=str(area.pk)).is_valid() is offered


def test_a_retired_category_is_no_longer_offered():
    retired = factories.category("retired", name="旧类别", is_active=False)
    assert not describe(category=str(retired.pk)).is_valid()


def test_areas_stand_in_groups_by_community():
    places = factories.tree()
    Area.objects.filter(code__startswith="far-").exclude(code="far-subdistrict").exclude(level=3).delete()
    Area.objects.filter(code="far-community").delete()
    groups = {label: [name for _pk, name in choices] for label, choices in area_choices()}
    assert groups == {
        "桂花社区": ["桂花社区（不限小区）", "桂花苑", "桂花新村"],
        "柳园社区": ["柳园社区（不限小区）", "柳园小区"],
    }
    assert places.compound.pk


def test_with_several_subdistricts_a_community_is_named_with_its_own():
    factories.tree()
    assert [label for label, _choices in area_choices()] == [
        "湖东街道 · 桂花社区",
        "湖东街道 · 柳园社区",
        "湖西街道 · 松林社区",
    ]


def test_the_areas_cost_one_query(django_assert_num_queries):
    factories.tree()
    with django_assert_num_queries(1):
        area_choices()


@pytest.mark.parametrize("field", ["work", "result"])
@pytest.mark.parametrize("value", ["great", "SATISFIED", "\x00"])
def test_a_verdict_outside_the_list_is_refused(field, value):
    data = {"work": "satisfied", "result": "satisfied"} | {field: value}
    assert field in RateForm(data).errors


def test_a_verdict_on_the_result_is_required_and_one_on_the_work_is_not():
    assert list(RateForm({"work": "satisfied", "result": ""}).errors) == ["result"]
    assert RateForm({"work": "", "result": "satisfied"}).is_valid()


@pytest.mark.parametrize("value", ["satisfied", "unsatisfied", "unsure"])
def test_the_three_verdicts_are_taken(value):
    assert RateForm({"work": value, "result": value}).is_valid()


# --- The rest --------------------------------------------------------------------------------------------------------


def test_an_additions_key_is_kept_or_made():
    key = uuid.uuid4()
    form = AddForm({"body": "还有一处", "key": str(key)})
    assert form.is_valid()
    assert form.cleaned_data["key"] == key
    form = AddForm({"body": "还有一处"})
    assert form.is_valid()
    assert isinstance(form.cleaned_data["key"], uuid.UUID)
    assert not AddForm({"body": "还有一处", "key": "no-uuid"}).is_valid()


@pytest.mark.parametrize(("typed", "ref"), [("nh-2026-00042", "NH-2026-00042"), (" NH-2026-00042 ", "NH-2026-00042")])
def test_a_reference_is_taken_in_small_letters_too(typed, ref):
    form = LostCodeForm({"ref": typed, "address": "13912345678"})
    assert form.is_valid()
    assert form.cleaned_data["ref"] == ref


@pytest.mark.parametrize(
    ("form", "errors"),
    [
        (TrackForm({}), {"code": ["请输入查询码"]}),
        (LostCodeForm({}), {"ref": ["请输入需求编号"], "address": ["请输入手机号后四位，或者邮箱"]}),
        (ReasonForm({}), {"reason": ["请填写哪里还没有解决"]}),
    ],
)
def test_what_is_missing_is_asked_for_in_words(form, errors):
    assert form.errors == errors


@pytest.mark.parametrize("form", [DescribeForm, ContactForm, TrackForm, LostCodeForm, AddForm, RateForm])
def test_the_server_checks_and_the_browsers_bubbles_stay_off(form):
    assert form.use_required_attribute is False
    assert " required" not in form().as_p()
