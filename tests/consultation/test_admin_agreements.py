"""Agreements and projects at the desk: within one's own areas, details edited, buttons for the moves."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from consultation.models import Agreement, Milestone, Project, ProjectPartner, ProjectPlace
from consultation.services import agreements as services
from consultation.services import projects
from foundation.actors import SYSTEM
from foundation.audit import AuditEntry
from tests import factories
from tests.pages import form, forms, words

pytestmark = pytest.mark.django_db

AGREEMENTS, PROJECTS = "/admin/consultation/agreement/", "/admin/consultation/project/"
DONE = {"outcome": "照度 12 勒克斯", "evidence": "照度计记录", "measured_on": "2026-01-05"}
LONG, NUL = "长" * 10000, "a\x00b"


def add_to(event) -> str:
    return f"{AGREEMENTS}add/?event={event.pk}"


def details(**values) -> dict:
    return {
        "what": "加装两盏路灯",
        "office": "公共管理办公室",
        "sector": "government",
        "due_on": "2026-12-31",
    } | values


def of(found, act: str = "change") -> str:
    base = AGREEMENTS if isinstance(found, Agreement) else PROJECTS
    return f"{base}{found.pk}/{act}/"


def acts() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.exclude(action__startswith="sign").order_by("pk")
    return [(entry.action, entry.detail) for entry in entries]


def far_agreement() -> Agreement:
    return factories.agreement(factories.event("held", area=factories.tree().far_community))


# --- Adding ----------------------------------------------------------------------------------------------------------


def test_an_agreement_is_written_down_from_its_event(liaison_client):
    event = factories.event("held")
    page = liaison_client.get(add_to(event))
    assert page.status_code == 200
    response = form(page, "what").send(liaison_client, add_to(event), **details(agenda_item=event.agenda.get().pk))
    found = Agreement.objects.get()
    assert response.url == of(found)
    assert (found.number, found.owner, found.due_on) == (1, "公共管理办公室", datetime.date(2026, 12, 31))
    assert found.agenda_item == event.agenda.get()
    assert acts() == [("added", "")]


def test_without_an_event_the_way_is_told(liaison_client):
    response = liaison_client.get(f"{AGREEMENTS}add/", follow=True)
    assert response.redirect_chain == [("/admin/consultation/event/", 302)]
    assert "约定在活动页面登记" in words(response)


def test_an_event_that_is_not_there_is_not_found(liaison_client):
    for key in ("0", "abc", "%00", "9" * 40, "٣"):
        assert liaison_client.get(f"{AGREEMENTS}add/?event={key}").status_code == 404, key


def test_nor_is_one_of_another_area(liaison_client):
    far = factories.event("held", area=factories.tree().far_community)
    assert liaison_client.get(add_to(far)).status_code == 404
    assert liaison_client.post(add_to(far), details()).status_code == 404
    assert not Agreement.objects.exists()


def test_what_is_wrong_is_said_and_nothing_is_saved(liaison_client, subtests):
    address = add_to(factories.event("held"))
    page = form(liaison_client.get(address), "what")
    for wrong, sentence in (
        ({"office": ""}, "请写明由谁负责：选择合作单位，或填写部门名称，二者选一"),
        ({"due_on": ""}, "请填写期限"),
        ({"due_on": "明年"}, "请按 2026-03-14 的格式填写日期"),
        ({"due_on": "2026-02-30"}, "请按 2026-03-14 的格式填写日期"),
        ({"what": ""}, "请填写约定内容"),
        ({"what": LONG}, "最多 200 个字，现在有 10000 个字。"),
        ({"what": NUL}, "文字中有无法保存的字符"),
        ({"office": LONG}, "最多 60 个字"),
        ({"baseline": NUL}, "文字中有无法保存的字符"),
        ({"sector": ""}, "请选择负责的部门属于政、企、社、媒、校哪一方面"),
        ({"sector": "moon"}, "moon"),
        ({"organisation": "abc"}, ""),
        ({"agenda_item": "999999"}, ""),
    ):
        response = page.send(liaison_client, address, **details(**wrong))
        with subtests.test(str(wrong)[:100]):
            assert response.status_code == 422
            assert sentence in words(response)
            assert not Agreement.objects.exists()


def test_an_event_still_to_come_yields_none_yet(liaison_client):
    event = factories.event("open")
    response = form(liaison_client.get(add_to(event)), "what").send(liaison_client, add_to(event), **details())
    assert response.status_code == 422
    assert "活动举行之后才能登记约定。" in words(response)


def test_partners_of_other_areas_are_neither_offered_nor_taken(liaison_client):
    event = factories.event("held")
    near = factories.organisation("桂花物业")
    far = factories.organisation("松林物业", area=factories.tree().far_subdistrict)
    page = liaison_client.get(add_to(event))
    assert "桂花物业" in page.content.decode()
    assert "松林物业" not in page.content.decode()
    send = form(page, "what").send
    assert send(liaison_client, add_to(event), **details(office="", organisation=far.pk)).status_code == 422
    assert send(liaison_client, add_to(event), **details(organisation=near.pk)).status_code == 422
    assert send(liaison_client, add_to(event), **details(office="", organisation=near.pk)).status_code == 302
    assert Agreement.objects.get().sector == "enterprise"


# --- The list and one agreement --------------------------------------------------------------------------------------


def test_staff_see_the_agreements_of_their_areas(liaison_client, community_client):
    near = factories.agreement(factories.event("held", area=factories.tree().other_community))
    far = far_agreement()
    assert list(liaison_client.get(AGREEMENTS).context["cl"].result_list) == [near]
    assert list(community_client.get(AGREEMENTS).context["cl"].result_list) == []
    for client, found, status in (
        (liaison_client, near, 200),
        (liaison_client, far, 404),
        (community_client, near, 404),
    ):
        assert client.get(of(found)).status_code == status
    for key in ("0", "abc", "9" * 30):
        assert liaison_client.get(f"{AGREEMENTS}{key}/change/").status_code == 404


def test_the_list_is_filtered(liaison_client):
    event = factories.event("held")
    late = factories.agreement(event, due_on=timezone.localdate() - datetime.timedelta(days=1))
    later = factories.agreement(event, sector="media")
    for query, found in (
        ("", [late, later]),
        ("due=overdue", [late]),
        ("due=burnt", [late, later]),
        ("status__exact=done", []),
        ("sector__exact=media", [later]),
        ("q=路灯", [late, later]),
    ):
        assert list(liaison_client.get(f"{AGREEMENTS}?{query}").context["cl"].result_list) == found, query
    assert liaison_client.get(f"{AGREEMENTS}?status__exact=%00").status_code == 400


def test_one_page_shows_state_record_and_buttons(liaison_client, auditor_client):
    found = factories.agreement(factories.event("held"))
    text = words(liaison_client.get(of(found)))
    for word in (
        "已约定",
        "开始落实",
        "记为已兑现…",
        "记为未兑现…",
        "终止约定…",
        "修改约定…",
        "纪要公布以后，这项约定才公开。",
    ):
        assert word in text, word
    text = words(auditor_client.get(of(found)))
    assert "3 号门外加装两盏路灯" in text
    for word in ("开始落实", "修改约定", "生成项目"):
        assert word not in text, word


def test_the_page_itself_takes_no_post(liaison_client):
    found = factories.agreement()
    assert liaison_client.post(of(found), {"status": "done", "what": "别的"}).status_code == 403
    found.refresh_from_db()
    assert (found.status, found.what) == ("agreed", "3 号门外加装两盏路灯")


@pytest.mark.parametrize("act", ["edit", "move/done"])
def test_only_liaison_staff_change_an_agreement(
    act, liaison_client, community_client, auditor_client, member_client, resident
):
    found = factories.agreement()
    for client in (community_client, auditor_client, member_client, resident):
        response = client.post(of(found, act), {"version": 0, "what": "别的", **DONE})
        assert response.status_code in (302, 403)
        found.refresh_from_db()
        assert (found.what, found.status) == ("3 号门外加装两盏路灯", "agreed")
    assert liaison_client.get(of(found, act)).status_code == 200
    assert liaison_client.get(of(far_agreement(), act)).status_code == 404


def test_it_is_corrected(liaison_client):
    found = factories.agreement()
    page = liaison_client.get(of(found, "edit"))
    response = form(page, "what").send(liaison_client, of(found, "edit"), target="照度不低于 15 勒克斯", status="done")
    assert response.status_code == 302
    found.refresh_from_db()
    assert (found.target, found.status, found.version) == ("照度不低于 15 勒克斯", "agreed", 1)
    again = form(page, "what").send(liaison_client, of(found, "edit"), target="别的")
    assert again.status_code == 409
    assert "刚刚被他人修改" in words(again)
    found.refresh_from_db()
    assert found.target == "照度不低于 15 勒克斯"


# --- Moving ----------------------------------------------------------------------------------------------------------


def test_an_agreement_is_fulfilled_with_outcome_and_evidence(liaison_client):
    found = factories.agreement()
    page = liaison_client.get(of(found, "move/done"))
    send = form(page, "outcome").send
    for wrong, sentence in (
        ({"outcome": ""}, "请写明实际结果"),
        ({"evidence": ""}, "请写明依据"),
        ({"measured_on": ""}, "请填写核实日期"),
        ({"measured_on": "2999-01-01"}, "核实日期不能在今天之后。"),
        ({"outcome": NUL}, "文字中有无法保存的字符"),
        ({"outcome": LONG}, "最多 300 个字"),
    ):
        response = send(liaison_client, of(found, "move/done"), **(DONE | wrong))
        assert response.status_code == 422
        assert sentence in words(response)
    assert send(liaison_client, of(found, "move/done"), **DONE).status_code == 302
    found.refresh_from_db()
    assert (found.status, found.outcome, found.measured_on) == ("done", "照度 12 勒克斯", datetime.date(2026, 1, 5))
    # Pressed once more, it is told that there is nothing to do.
    again = liaison_client.post(of(found, "move/done"), {"version": 0, **DONE}, follow=True)
    assert "“已兑现”的约定事项目前不能由您改为“已兑现”。" in words(again)
    assert found.transitions.count() == 2


def test_a_move_that_owes_nothing_is_one_button(liaison_client):
    found = factories.agreement()
    page = liaison_client.get(of(found))
    [button] = [one for one in forms(page) if one.action.endswith("/move/under_way/")]
    assert button.send(liaison_client).status_code == 302
    found.refresh_from_db()
    assert found.status == "under_way"
    assert button.send(liaison_client).status_code == 302
    assert found.transitions.count() == 2


def test_a_stale_move_is_refused_with_what_was_typed(liaison_client):
    found = factories.agreement()
    page = liaison_client.get(of(found, "move/missed"))
    services.start(found, actor=SYSTEM)
    response = form(page, "reason").send(liaison_client, of(found, "move/missed"), reason="灯具没有到货")
    assert response.status_code == 409
    assert form(response, "reason").values["reason"] == "灯具没有到货"
    assert form(response, "reason").send(liaison_client, of(found, "move/missed")).status_code == 302
    found.refresh_from_db()
    assert found.status == "missed"


def test_an_unknown_move_is_not_found(liaison_client):
    assert liaison_client.get(of(factories.agreement(), "move/burnt")).status_code == 404


# --- Growing into a project ------------------------------------------------------------------------------------------


def test_chosen_agreements_become_a_project(liaison_client):
    event = factories.event("minutes_published")
    one, other = factories.agreement(event), factories.agreement(event, what="加装扶手")
    data = {"action": "grow_chosen", "_selected_action": [one.pk, other.pk]}
    address = liaison_client.post(AGREEMENTS, data).url
    assert address == f"{AGREEMENTS}grow/?ids={one.pk}%2C{other.pk}"
    page = liaison_client.get(address)
    assert "加装扶手" in words(page)
    response = form(page, "title").send(liaison_client, address, title="3 号门改造", summary="路灯和扶手。")
    project = Project.objects.get()
    assert response.url == of(project)
    assert (project.title, project.area, project.agreements.count()) == ("3 号门改造", event.area, 2)


def test_or_join_one_there_is(liaison_client):
    one, project = factories.agreement(), factories.project()
    address = f"{AGREEMENTS}grow/?ids={one.pk}"
    form(liaison_client.get(address), "title").send(liaison_client, address, project=project.pk)
    one.refresh_from_db()
    assert one.project == project


def test_a_new_project_needs_its_words_and_another_subdistricts_is_no_choice(liaison_client):
    one = factories.agreement()
    far = factories.project("远处", area=factories.tree().far_community)
    address = f"{AGREEMENTS}grow/?ids={one.pk}"
    page = liaison_client.get(address)
    assert "远处" not in words(page)
    for wrong, sentence in (
        ({"title": ""}, "请填写项目名称，或选择已有项目"),
        ({"summary": ""}, "请填写介绍"),
        ({"summary": NUL}, "文字中有无法保存的字符"),
        ({"area": factories.tree().far_community.pk}, ""),
        ({"project": far.pk}, ""),
    ):
        values = {"title": "改造", "summary": "改造。"} | wrong
        response = form(page, "title").send(liaison_client, address, **values)
        assert response.status_code == 422
        assert sentence in words(response)
    assert Project.objects.count() == 1


def test_agreements_of_other_areas_do_not_grow(liaison_client, community_client):
    far = far_agreement()
    for ids in (far.pk, "", "abc", "9" * 40, "%00"):
        response = liaison_client.get(f"{AGREEMENTS}grow/?ids={ids}", follow=True)
        assert "请先选择约定。" in words(response)
    assert community_client.get(f"{AGREEMENTS}grow/?ids={factories.agreement().pk}").status_code == 403


def test_what_cannot_grow_is_said(liaison_client):
    dropped = services.drop(factories.agreement(), actor=SYSTEM, reason="不做了")
    address = f"{AGREEMENTS}grow/?ids={dropped.pk}"
    response = form(liaison_client.get(address), "title").send(liaison_client, address, title="改造", summary="改造。")
    assert response.status_code == 422
    assert "已终止，不能生成项目" in words(response)
    assert not Project.objects.exists()


# --- Projects --------------------------------------------------------------------------------------------------------


def project_values(page, **values) -> dict:
    return form(page, "title").values | values


def test_a_project_is_added_in_ones_own_areas(liaison_client):
    places = factories.tree()
    page = liaison_client.get(f"{PROJECTS}add/")
    values = {"title": "车棚", "title_en": "A shed", "summary": "建车棚。", "sum_yuan": "200000000"}
    far = liaison_client.post(f"{PROJECTS}add/", project_values(page, **values, area=places.far_community.pk))
    assert far.status_code == 200
    assert not Project.objects.exists()
    assert (
        liaison_client.post(
            f"{PROJECTS}add/", project_values(page, **values, area=places.community.pk, status="done")
        ).status_code
        == 302
    )
    project = Project.objects.get()
    assert (project.status, project.sum_in_words, project.title_en) == ("planned", "2 亿元", "A shed")
    assert acts() == [("added", "")]


def test_a_sum_that_is_none_is_refused(liaison_client):
    page = liaison_client.get(f"{PROJECTS}add/")
    values = project_values(page, title="车棚", summary="建车棚。", area=factories.tree().community.pk)
    for amount in ("0", "-1", "0.001", "abc", "1e30", "\x00"):
        assert liaison_client.post(f"{PROJECTS}add/", values | {"sum_yuan": amount}).status_code == 200, amount
        assert not Project.objects.exists(), amount


def test_details_and_inlines_are_edited_and_the_version_rises(liaison_client):
    project = factories.project()
    partner = factories.organisation()
    page = liaison_client.get(of(project))
    values = project_values(
        page,
        title="桂花苑车棚",
        sum_yuan="0.01",
        **{
            "partnerships-TOTAL_FORMS": "1",
            "partnerships-0-organisation": partner.pk,
            "partnerships-0-part": "日常管理",
            "milestones-TOTAL_FORMS": "1",
            "milestones-0-title": "选址",
            "milestones-0-due_on": "2026-03-05",
        },
    )
    assert liaison_client.post(of(project), values).status_code == 302
    project.refresh_from_db()
    assert (project.title, project.sum_yuan, project.version) == ("桂花苑车棚", Decimal("0.01"), 1)
    assert ProjectPartner.objects.get().part == "日常管理"
    assert Milestone.objects.get().title == "选址"
    again = liaison_client.post(of(project), values | {"title": "别的"})
    assert again.status_code == 409
    assert "刚刚被他人修改" in words(again)
    project.refresh_from_db()
    assert project.title == "桂花苑车棚"


def test_partners_and_places_of_other_areas_are_no_choice(liaison_client):
    project = factories.project()
    factories.organisation("松林物业", area=factories.tree().far_subdistrict)
    factories.venue(place=factories.tree().far_compound, name="松林站")
    factories.venue(name="桂花站")
    html = liaison_client.get(of(project)).content.decode()
    assert "松林" not in html
    assert "桂花站" in html


def test_projects_of_other_areas_are_not_there(liaison_client, community_client):
    far = factories.project(area=factories.tree().far_community)
    near = factories.project("近处", area=factories.tree().other_community)
    assert list(liaison_client.get(PROJECTS).context["cl"].result_list) == [near]
    for act in ("change", "move/done", "photos"):
        assert liaison_client.get(of(far, act)).status_code == 404
        assert community_client.get(of(near, act)).status_code == 404


def test_a_project_is_moved_by_its_buttons(liaison_client):
    project = factories.project()
    text = words(liaison_client.get(of(project)))
    for word in ("开始实施…", "记为已完成…", "停止项目…"):
        assert word in text, word
    address = of(project, "move/under_way")
    assert form(liaison_client.get(address), "version").send(liaison_client, address).status_code == 302
    address = of(project, "move/done")
    page = liaison_client.get(address)
    owed = {"result": "建好了", "evidence": "验收单", "ends_on": "2026-01-05"}
    assert form(page, "result").send(liaison_client, address, **(owed | {"result": ""})).status_code == 422
    assert form(page, "result").send(liaison_client, address, **owed).status_code == 302
    project.refresh_from_db()
    assert (project.status, project.result, project.ends_on) == ("done", "建好了", datetime.date(2026, 1, 5))
    text = words(liaison_client.get(of(project)))
    assert "实际结果：建好了（验收单）" in text
    assert "开始实施" not in text


def test_a_project_that_was_only_reported_names_its_source_and_goes_on_from_there(liaison_client):
    text = words(liaison_client.get(of(factories.project(status="reported", evidence="一篇公开报道"))))
    for word in ("进展未说明", "依据：一篇公开报道", "开始实施…", "记为已完成…", "停止项目…"):
        assert word in text, word


def test_a_start_after_the_end_is_refused_with_a_sentence(liaison_client):
    owed = {"result": "建好了", "evidence": "验收单", "ends_on": datetime.date(2026, 1, 5)}
    project = projects.complete(factories.project(), actor=SYSTEM, **owed)
    values = project_values(liaison_client.get(of(project)), starts_on="2026-02-01")
    response = liaison_client.post(of(project), values)
    assert response.status_code == 200
    assert "开始日期不能晚于完成日期。" in words(response)


def test_nobody_deletes_a_project(admin_client):
    project = factories.project()
    assert admin_client.post(f"{PROJECTS}{project.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Project.objects.exists()


# --- Queries: the same at 1 and at 4 rows ---------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 4])
def test_every_page_makes_its_number_of_queries(liaison_client, django_assert_num_queries, rows):
    event, project = factories.event("minutes_published"), factories.project()
    for number in range(rows):
        organisation = factories.organisation(f"单位 {number}")
        agreement = factories.agreement(event, organisation=organisation, office="")
        projects.grow([agreement], project, actor=SYSTEM)
        factories.project(f"项目 {number}")
        ProjectPartner.objects.create(project=project, organisation=organisation)
        ProjectPlace.objects.create(project=project, name="门内")
    for address, expected in (
        (AGREEMENTS, 6),
        (f"{AGREEMENTS}?due=overdue&status__exact=agreed&sector__exact=media&q=路灯", 6),
        (PROJECTS, 6),
        (of(agreement), 7),
        (of(agreement, "edit"), 9),
        (of(agreement, "move/done"), 5),
        (add_to(event), 7),
        (of(project), 13),
        (of(project, "move/done"), 5),
    ):
        assert liaison_client.get(address).status_code == 200
        with django_assert_num_queries(expected):
            liaison_client.get(address)
