"""Partner organisations at the desk: scoped, their contacts private, exported."""

import io

import openpyxl
import pytest

from consultation.models import Organisation
from foundation import contacts
from foundation.audit import AuditEntry
from foundation.cached import forget_all
from foundation.contacts import Contact
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

LIST = "/admin/consultation/organisation/"
EXPORT = f"{LIST}export/"


def acts() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.detail) for entry in entries]


def page(row: Organisation) -> str:
    return f"{LIST}{row.pk}/change/"


def change(client, address: str, **values):
    return form(client.get(address), "name").send(client, address, **values)


def listed(client, query: str = "") -> list[str]:
    response = client.get(f"{LIST}{query}")
    assert response.status_code == 200
    return [row.name for row in response.context["cl"].result_list]


def with_contact(**values) -> Organisation:
    contact = contacts.store(**({"called": "王女士", "phone": "13912345678", "email": "wang@a.example"} | values))
    return factories.organisation("桂花物业", contact=contact)


def test_a_day_needs_its_agreement_and_years_are_typed_as_people_do(liaison_client):
    row = factories.organisation("桂花合唱队")
    refused = change(liaison_client, page(row), cooperation_since="2023-09-01")
    assert "请勾选“签有合作协议”" in refused.content.decode()
    assert "请填写四位数年份" in change(liaison_client, page(row), nurtured_years="23").content.decode()
    for typed, stored in (("2024，2023年", [2023, 2024]), ("2024", [2024]), ("", [])):
        assert change(liaison_client, page(row), has_agreement="on", nurtured_years=typed).status_code == 302
        row.refresh_from_db()
        assert (row.has_agreement, row.cooperation_since, row.nurtured_years) == (True, None, stored)
    row.nurtured_years = [2023, 2024]
    row.save()
    assert form(liaison_client.get(page(row)), "name").values["nurtured_years"] == "2023、2024"


# --- The list --------------------------------------------------------------------------------------------------------


@pytest.fixture
def partners():
    places = factories.tree()
    factories.organisation("桂花物业", kind="property_manager", cooperation_since="2023-09-01")
    factories.organisation("湖东银行", kind="bank", area=places.community)
    factories.organisation("桂花小学", kind="school", name_en="Guihua School", is_active=False)
    factories.organisation("松林超市", kind="shop", area=places.far_community)


def test_liaison_staff_find_the_partners_of_their_own_subdistrict(liaison_client, partners):
    for query, names in (
        ("", ["桂花小学", "桂花物业", "湖东银行"]),
        ("?sector=enterprise", ["桂花物业", "湖东银行"]),
        ("?sector=school", ["桂花小学"]),
        ("?sector=nobody", ["桂花小学", "桂花物业", "湖东银行"]),
        ("?kind__exact=bank", ["湖东银行"]),
        ("?cooperation=yes", ["桂花物业"]),
        ("?cooperation=no", ["桂花小学", "湖东银行"]),
        ("?is_active__exact=0", ["桂花小学"]),
        ("?q=桂花", ["桂花小学", "桂花物业"]),
        ("?q=guihua", ["桂花小学"]),
    ):
        assert sorted(listed(liaison_client, query)) == names, query


def test_the_superuser_sees_all(admin_client, partners):
    assert len(listed(admin_client)) == 4


def test_the_five_sectors_are_counted_above_the_list(liaison_client, partners):
    text = words(liaison_client.get(LIST))
    assert "政府部门 0 企业 2 1 家有协议 社会组织 0 媒体 0 学校 0" in text


def test_no_query_string_breaks_the_list_or_reveals_anything(liaison_client, partners):
    for query in ("?q=%00", "?sector=%00", "?kind__exact=%00", "?contact__phone__startswith=1", "?p=x"):
        assert liaison_client.get(f"{LIST}{query}").status_code in (200, 302, 400), query


@pytest.mark.parametrize("count", [1, 4])
def test_the_list_and_the_form_take_as_many_queries_at_one_row_and_at_four(
    liaison_client, count, django_assert_num_queries
):
    for number in range(count):
        row = factories.organisation(f"单位 {number}", contact=contacts.store(phone=f"139{number:08d}"))
    for address in (LIST, page(row)):
        liaison_client.get(address)
    with django_assert_num_queries(7):
        liaison_client.get(LIST)
    with django_assert_num_queries(7):
        liaison_client.get(f"{LIST}?sector=enterprise&q=单位&cooperation=no")
    with django_assert_num_queries(6):
        liaison_client.get(page(row))


# --- The form and its contact ----------------------------------------------------------------------------------------


def test_a_partner_is_entered_with_a_contact_that_is_kept_encrypted(liaison_client):
    values = {"name": "桂花物业", "kind": "property_manager", "area": factories.tree().community.pk}
    response = change(liaison_client, f"{LIST}add/", **values, called="王女士", phone="139 1234 5678")
    assert response.status_code == 302
    row = Organisation.objects.get()
    assert row.sector == "enterprise"
    assert contacts.open_contact(row.contact) == {"called": "王女士", "phone": "13912345678", "email": ""}
    assert "13912345678" not in row.contact.phone
    assert acts() == [("added", "")]


def test_the_form_shows_the_contact_masked_and_never_in_clear(liaison_client):
    html = liaison_client.get(page(with_contact())).content.decode()
    assert "139****5678" in html
    assert "w***@a.example" in html
    for secret in ("13912345678", "王女士", "wang@a.example"):
        assert secret not in html


def test_saving_the_form_untouched_leaves_the_contact_alone(liaison_client):
    row = with_contact()
    before = row.contact_id
    assert change(liaison_client, page(row), about="管三个小区。").status_code == 302
    row.refresh_from_db()
    assert (row.contact_id, row.about) == (before, "管三个小区。")


def test_a_new_phone_leaves_the_rest_of_the_contact_and_the_old_one_is_gone(liaison_client):
    row = with_contact()
    assert change(liaison_client, page(row), phone="027-87654321").status_code == 302
    row.refresh_from_db()
    assert contacts.open_contact(row.contact) == {
        "called": "王女士",
        "phone": "02787654321",
        "email": "wang@a.example",
    }
    assert Contact.objects.count() == 1
    assert acts() == [("changed", "联系电话")]


def test_a_contact_is_forgotten_when_asked(liaison_client):
    row = with_contact()
    assert change(liaison_client, page(row), forget_contact="on").status_code == 302
    row.refresh_from_db()
    assert row.contact is None
    assert not Contact.objects.exists()


def test_bad_input_is_told_and_saves_nothing(liaison_client, subtests):
    row = with_contact()
    filled = form(liaison_client.get(page(row)), "name")
    for values, sentence in (
        ({"phone": "110"}, "请核对电话号码"),
        ({"called": "王" * 21}, "最多 20 个字"),
        ({"called": "王\x00"}, "无法保存的字符"),
        ({"about": "字" * 10_000}, "不超过"),
        ({"kind": "nobody"}, "nobody"),
        ({"name": ""}, "必填"),
        ({"website": "javascript:alert(1)"}, "URL"),
    ):
        response = filled.send(liaison_client, page(row), **values)
        with subtests.test(str(values)[:100]):
            assert response.status_code == 200
            assert sentence in response.content.decode()
            assert acts() == []


def test_two_partners_of_one_name_in_one_area_are_refused(liaison_client):
    with_contact()
    values = {"name": "桂花物业", "kind": "shop", "area": factories.tree().subdistrict.pk}
    response = change(liaison_client, f"{LIST}add/", **values)
    assert "这个区域已有同名的单位。" in words(response)


def test_a_website_typed_without_its_scheme_is_taken_as_https(liaison_client):
    row = with_contact()
    assert change(liaison_client, page(row), website="www.a.example").status_code == 302
    row.refresh_from_db()
    assert row.website == "https://www.a.example"


def test_extra_keys_change_nothing(liaison_client):
    row = with_contact()
    before = row.contact_id
    response = change(liaison_client, page(row), sector="media", contact="1", is_demo="on")
    assert response.status_code == 302
    row.refresh_from_db()
    assert (row.sector, row.contact_id, row.is_demo) == ("enterprise", before, False)


def test_a_partner_elsewhere_is_as_if_it_did_not_exist(liaison_client):
    far = factories.organisation(
        "松林超市", area=factories.tree().far_community, contact=contacts.store(phone="13912345678")
    )
    for address in (page(far), f"{LIST}{far.pk}/contact/", f"{LIST}999999/change/", f"{LIST}999999/contact/"):
        assert liaison_client.get(address).status_code == 404
        assert liaison_client.post(address, {"reason": "x"}).status_code == 404
    place = factories.tree().far_community.pk
    response = change(liaison_client, f"{LIST}add/", name="新单位", kind="shop", area=place)
    assert response.status_code == 200
    assert not Organisation.objects.filter(name="新单位").exists()


def test_an_auditor_and_community_staff_look_and_change_nothing(auditor_client, community_client):
    row = factories.organisation(
        "桂花物业", area=factories.tree().community, contact=contacts.store(phone="13912345678")
    )
    for client in (auditor_client, community_client):
        html = client.get(page(row)).content.decode()
        assert "139****5678" in html
        assert 'name="phone"' not in html
        assert client.post(page(row), {"name": "x"}).status_code == 403
        assert client.get(f"{LIST}add/").status_code == 403
        assert "从表格导入" not in words(client.get(LIST))


# --- Seeing the contact ----------------------------------------------------------------------------------------------


def test_a_contact_is_seen_with_a_reason_that_is_recorded_first(liaison_client):
    row = with_contact()
    address = f"{LIST}{row.pk}/contact/"
    assert "查看联系方式" in words(liaison_client.get(page(row)))
    assert "13912345678" not in words(liaison_client.get(address))
    response = liaison_client.post(address, {"reason": ""})
    assert response.status_code == 422
    assert "请填写理由" in words(response)
    assert acts() == []
    response = liaison_client.post(address, {"reason": "约时间商量合作"})
    assert "王女士" in words(response)
    assert "13912345678" in words(response)
    assert "no-store" in response["Cache-Control"]
    assert acts() == [("contact_revealed", "约时间商量合作")]
    assert AuditEntry.objects.get(action="contact_revealed").subject == f"organisation:{row.pk}"


def test_the_auditor_never_sees_a_contact(auditor_client):
    row = with_contact()
    address = f"{LIST}{row.pk}/contact/"
    assert "查看联系方式" not in words(auditor_client.get(page(row)))
    assert auditor_client.get(address).status_code == 403
    assert auditor_client.post(address, {"reason": "x"}).status_code == 403
    assert acts() == []


def test_where_no_contact_is_there_is_nothing_to_see(liaison_client):
    row = factories.organisation()
    assert liaison_client.get(f"{LIST}{row.pk}/contact/").status_code == 404
    assert "未留联系方式" in words(liaison_client.get(page(row)))


# --- Export ----------------------------------------------------------------------------------------------------------


def exported(client, query: str = "") -> list[str]:
    response = client.post(f"{EXPORT}{query}")
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return sorted(row[0] for row in sheet.iter_rows(min_row=2, values_only=True))


def test_the_export_holds_what_the_filters_show_and_no_contact(liaison_client, partners):
    Organisation.objects.filter(name="桂花物业").update(contact=contacts.store(phone="13912345678"))
    assert exported(liaison_client) == ["桂花小学", "桂花物业", "湖东银行"]
    assert exported(liaison_client, "?cooperation=yes") == ["桂花物业"]
    assert exported(liaison_client, "?q=桂花&sector=school") == ["桂花小学"]
    assert acts() == [("exported", "3"), ("exported", "1"), ("exported", "1")]


def test_the_lists_own_button_exports_with_its_filters(liaison_client, partners):
    response = liaison_client.get(f"{LIST}?cooperation=yes")
    assert f'action="{EXPORT}?cooperation=yes"' in response.content.decode()


def test_an_export_is_asked_for_by_post_with_filters_that_exist(liaison_client, partners, member_client):
    assert liaison_client.get(EXPORT).status_code == 405
    assert liaison_client.post(f"{EXPORT}?is_active__exact=x").status_code == 302
    assert liaison_client.post(f"{EXPORT}?q=%00").status_code == 400
    assert liaison_client.post(f"{EXPORT}?contact__phone__startswith=1").status_code in (302, 400)
    assert member_client.post(EXPORT).status_code == 302
    assert acts() == []


def test_the_export_takes_as_many_queries_at_any_length(liaison_client, django_assert_num_queries):
    for number in range(30):
        factories.organisation(f"单位 {number}")
    liaison_client.post(EXPORT)
    forget_all()
    with django_assert_num_queries(9):
        liaison_client.post(EXPORT)
