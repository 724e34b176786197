"""Nobody overwrites in the admin what somebody else saved meanwhile: no form of a row is saved over a later change."""

import datetime

import pytest
from django.contrib import admin
from django.test import RequestFactory

from consultation.models import Milestone
from demands.models import CategoryMatch, DangerWord, EscalationRule, Macro, StandardReply, Synonym, Unit
from foundation.contacts import open_contact, store
from foundation.portal import Portal
from foundation.workdays import CalendarDay
from members.models import LiaisonCommittee, Member, Sector, Story
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db


def escalation_rule() -> EscalationRule:
    person = factories.liaison_staff()
    return EscalationRule.objects.create(
        area=factories.tree().subdistrict, category=factories.category(), when="overdue", days=3, user=person
    )


# Every row that has a form, with a column of it and a value for that.
EDITED = {
    "consultation.Area": (lambda: factories.tree().community, "name", "新名"),
    "consultation.Organisation": (factories.organisation, "name", "新名"),
    "consultation.Platform": (factories.platform, "name", "新名"),
    "consultation.Project": (factories.project, "title", "新名"),
    "consultation.Robot": (factories.robot, "name", "新群"),
    "consultation.Series": (factories.series, "name", "新名"),
    "consultation.StudyNote": (lambda: factories.study_note(factories.series(), published=False), "title", "新名"),
    "consultation.SubdistrictProfile": (factories.profile, "organiser", "新名"),
    "consultation.Topic": (factories.topic, "title", "新名"),
    "consultation.Venue": (factories.venue, "name", "新名"),
    "demands.Category": (factories.category, "name", "新名"),
    "demands.DangerWord": (lambda: DangerWord.objects.create(word="爆炸声"), "word", "新词"),
    "demands.EscalationRule": (escalation_rule, "is_active", False),
    "demands.Macro": (lambda: Macro.objects.create(name="甲", accepts=True), "name", "新名"),
    "demands.StandardReply": (lambda: StandardReply.objects.create(title="甲", body="乙"), "body", "新名"),
    "demands.Unit": (lambda: Unit.objects.create(name="甲", kind="other"), "name", "新名"),
    "demands.Synonym": (lambda: Synonym.objects.create(words="电瓶车、电动车"), "words", "新名、旧名"),
    "foundation.CalendarDay": (
        lambda: CalendarDay.objects.create(date=datetime.date(2027, 5, 8), is_workday=True),
        "note",
        "新名",
    ),
    "foundation.Portal": (lambda: Portal.objects.create(pk=1, name="协商"), "organiser", "新名"),
    "foundation.User": (lambda: factories.user("zhou"), "office", "新名"),
    "members.LiaisonCommittee": (lambda: LiaisonCommittee.objects.first(), "phone", "027-80000009"),
    "members.Member": (factories.committee_member, "name", "新名"),
    "members.ResourceCategory": (factories.resource_category, "name", "新名"),
    "members.Sector": (lambda: Sector.objects.create(name="文化", code="culture"), "name", "新名"),
}


def page_of(row) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


def stored(row, name: str):
    return type(row).objects.values_list(name, flat=True).get(pk=row.pk)


def edit(client, row, *names: str):
    """The form of a row as it is shown now."""
    return form(client.get(page_of(row)), "_shown", *names)


def test_every_form_of_a_row_refuses_what_would_overwrite_a_later_change(admin_client):
    request = RequestFactory().get("/")
    request.user = admin_client.user
    factories.committee_member("李明")
    for label, (make, name, value) in EDITED.items():
        row = make()
        sent, before = edit(admin_client, row), stored(row, name)
        type(row).objects.filter(pk=row.pk).update(**{name: value})
        response = sent.send(admin_client, page_of(row))
        assert (response.status_code, stored(row, name)) == (409, value), label
        text = words(response)
        assert "内容刚刚被他人修改，您的操作没有保存。" in text, label
        [difference] = response.context["differences"]
        assert (difference.stored, difference.typed) != (str(before), str(value)), label
    editing = {
        model._meta.label for model, one in admin.site._registry.items() if one.has_change_permission(request, None)
    }
    assert editing == set(EDITED)


def test_the_page_keeps_what_was_typed_beside_what_is_stored_and_the_next_press_saves_it(liaison_client):
    topic = factories.topic()
    sent = edit(liaison_client, topic, "title", "summary")
    type(topic).objects.filter(pk=topic.pk).update(title="充电棚建在哪里")
    response = sent.send(liaison_client, page_of(topic), summary="飞线充电，大家不放心。")
    assert response.status_code == 409
    assert [tuple(one) for one in response.context["differences"]] == [
        ("议题", "充电棚建在哪里", "小区里加装电动车充电棚"),
        ("说明", "充电位不够，有人飞线充电。", "飞线充电，大家不放心。"),
    ]
    again = form(response, "title", "summary")
    # What only the other has changed is not typed over, and what was typed is not lost.
    assert (again.values["title"], again.values["summary"]) == ("充电棚建在哪里", "飞线充电，大家不放心。")
    assert again.send(liaison_client, page_of(topic)).status_code == 302
    topic.refresh_from_db()
    assert (topic.title, topic.summary) == ("充电棚建在哪里", "飞线充电，大家不放心。")


def test_what_both_have_changed_stays_as_it_was_typed(liaison_client):
    venue = factories.venue()
    sent = edit(liaison_client, venue, "hours")
    type(venue).objects.filter(pk=venue.pk).update(hours="周一至周五", phone="027-80000001")
    response = sent.send(liaison_client, page_of(venue), hours="周末")
    again = form(response, "hours")
    assert (again.values["hours"], again.values["phone"]) == ("周末", "027-80000001")
    # A third person in between: refused once more.
    type(venue).objects.filter(pk=venue.pk).update(hours="全周")
    assert again.send(liaison_client, page_of(venue)).status_code == 409
    assert stored(venue, "hours") == "全周"


def test_a_mistake_in_the_form_does_not_make_it_fresh(liaison_client):
    topic = factories.topic()
    sent = edit(liaison_client, topic, "title")
    response = sent.send(liaison_client, page_of(topic), title="")
    assert response.status_code == 200
    type(topic).objects.filter(pk=topic.pk).update(summary="别人的说明")
    assert form(response, "title").send(liaison_client, page_of(topic), title="新题").status_code == 409
    assert stored(topic, "summary") == "别人的说明"


@pytest.mark.parametrize("shown", [None, "", "x", "[]", "{}"])
def test_a_form_that_does_not_say_what_it_showed_saves_nothing(liaison_client, shown):
    topic = factories.topic()
    sent = edit(liaison_client, topic, "title")
    assert sent.send(liaison_client, page_of(topic), title="新题", _shown=shown).status_code == 409
    assert stored(topic, "title") != "新题"


def test_what_would_overwrite_nothing_is_saved_again_without_a_word(liaison_client):
    topic = factories.topic()
    sent = edit(liaison_client, topic, "title")
    for _press in range(2):
        assert sent.send(liaison_client, page_of(topic), title="新题").status_code == 302
    assert stored(topic, "title") == "新题"


def test_a_row_that_moved_meanwhile_is_refused_too(admin_client):
    project = factories.project()
    sent = edit(admin_client, project, "title")
    type(project).objects.filter(pk=project.pk).update(version=project.version + 1)
    response = sent.send(admin_client, page_of(project), title="新名")
    assert response.status_code == 409
    assert [one.typed for one in response.context["differences"]] == ["新名"]


# --- Inline rows and contacts ----------------------------------------------------------------------------------------


def test_a_row_below_that_somebody_changed_or_deleted_is_not_written_over(admin_client):
    project = factories.project()
    first, second = (
        Milestone.objects.create(project=project, title=title, due_on="2027-05-08") for title in ("选址", "施工")
    )
    sent = edit(admin_client, project)
    prefix = next(name for name, value in sent.values.items() if value == str(first.pk) and name.endswith("-id"))[:-3]
    Milestone.objects.filter(pk=first.pk).update(title="选址完成")
    second.delete()
    response = sent.send(admin_client, page_of(project), **{f"{prefix}-title": "选址定了"})
    assert response.status_code == 409
    text = words(response)
    for shown in ("选址完成", "施工", "已被他人删除"):
        assert shown in text
    assert Milestone.objects.get().title == "选址完成"


def test_a_row_below_that_was_typed_anew_is_kept_on_the_page(admin_client):
    member = factories.committee_member()
    sent = edit(admin_client, member, "stories-TOTAL_FORMS")
    Member.objects.filter(pk=member.pk).update(name="陈敏敏")
    typed = {
        "stories-TOTAL_FORMS": "1",
        "stories-0-year": "2026",
        "stories-0-title": "一盏灯",
        "stories-0-body": "亮了。",
    }
    typed |= {"stories-0-order": "0"}
    response = sent.send(admin_client, page_of(member), **typed)
    assert response.status_code == 409
    again = form(response, "stories-0-title")
    assert (again.values["stories-0-title"], again.values["name"]) == ("一盏灯", "陈敏敏")
    assert again.send(admin_client, page_of(member)).status_code == 302
    assert Story.objects.get().title == "一盏灯"


def test_a_row_below_that_somebody_added_is_told(admin_client):
    category = factories.category()
    sent = edit(admin_client, category, "name")
    CategoryMatch.objects.create(demand_category=category, resource_category=factories.resource_category())
    response = sent.send(admin_client, page_of(category), name="新名")
    assert response.status_code == 409
    assert "他人新增" in words(response)
    assert form(response, "name").send(admin_client, page_of(category)).status_code == 302
    assert CategoryMatch.objects.count() == 1


def test_a_contact_that_somebody_replaced_is_not_replaced_again(liaison_client):
    partner = factories.organisation()
    sent = edit(liaison_client, partner, "phone")
    partner.contact = store(called="王主任", phone="13900001111", email="")
    partner.save()
    response = sent.send(liaison_client, page_of(partner), phone="13900002222")
    assert response.status_code == 409
    [difference] = response.context["differences"]
    assert (difference.stored, difference.typed) == ("139****1111", "13900002222")
    partner.refresh_from_db()
    assert open_contact(partner.contact)["phone"] == "13900001111"
    assert form(response, "phone").values["phone"] == "13900002222"


def test_whoever_may_only_look_gets_no_hashes(auditor_client):
    response = auditor_client.get(page_of(factories.topic()))
    assert response.status_code == 200
    assert not any("_shown" in one.values for one in forms(response))
