"""The content of `manage.py load_nanhu`. Every number is counted from rows, and written here by hand."""

import io
import re

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import Q

from consultation.models import Area, Organisation, Platform, Project, Series, Venue
from demands.models import Category, CategoryMatch, Demand, Macro, RatesEdition, StandardReply, Unit
from demands.models.conversation import unknown_placeholders
from foundation.accounts import User
from foundation.portal import Portal
from members.models import LiaisonCommittee, Member, Resource, ResourceCategory, Sector, Story
from tools.nanhu.rows import venue_code

pytestmark = pytest.mark.django_db

# Numbers of rows; the other tables are empty.
ROWS = {
    Portal: 1,
    Area: 3,
    Venue: 1,
    LiaisonCommittee: 1,
    Series: 10,
    Sector: 8,
    ResourceCategory: 9,
    Member: 8,
    Story: 3,
    Organisation: 3,
    Project: 6,
    Category: 12,
    CategoryMatch: 13,
    StandardReply: 8,
    Macro: 3,
    Unit: 3,
    Platform: 0,
    Resource: 0,
    Demand: 0,
    User: 0,
}


def load() -> str:
    output = io.StringIO()
    call_command("load_nanhu", stdout=output)
    return output.getvalue()


def everything() -> dict[str, list]:
    """All rows that the command may create, as they are in the database."""
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in ROWS}


def test_it_brings_the_articles_structure_and_no_demand_or_account():
    load()
    assert {model.__name__: model.objects.count() for model in ROWS} == {
        model.__name__: count for model, count in ROWS.items()
    }


def test_nothing_that_it_brings_is_invented():
    load()
    marked = [model for model in apps.get_models() if any(field.name == "is_demo" for field in model._meta.fields)]
    assert {Area, Venue, Member, Story, Organisation, Project, Series, Demand} < set(marked)
    assert [model.__name__ for model in marked if model.objects.filter(is_demo=True).exists()] == []


def test_areas_and_venues_are_those_that_the_article_names():
    load()
    areas = Area.objects.order_by("level").values_list("name", "parent__name")
    assert list(areas) == [("武昌区", None), ("南湖街道", "武昌区"), ("中央花园社区", "南湖街道")]
    assert list(Venue.objects.values_list("name", "kind")) == [("南湖街道政协委员之家", "members_home")]


def test_stories_are_of_members_whom_the_article_names():
    load()
    assert list(Story.objects.order_by("order").values_list("member__name", "year", "is_chosen")) == [
        ("鲍菁", 2023, True),
        ("张万新", 2023, True),
        ("方朝晖", 2023, True),
    ]


@pytest.mark.parametrize("model", [Area, Venue, Category])
def test_names_are_distinct_in_both_languages(model):
    load()
    for field in ("name", "name_en"):
        names = list(model.objects.values_list(field, flat=True))
        assert names
        assert "" not in names
        assert len(set(names)) == len(names)


def test_what_the_article_names_is_told_in_english_too(client):
    load()
    assert list(Project.objects.filter(Q(title_en="") | Q(summary_en=""))) == []
    assert list(Story.objects.filter(Q(title_en="") | Q(body_en=""))) == []
    assert Project.objects.exists()
    assert Story.objects.exists()
    client.cookies.load({"lang": "en"})
    page = client.get("/projects/").content.decode()
    assert "Campus services and Tmall Campus Stores" in page
    assert "天猫校园店" not in page


def test_a_venue_s_code_is_the_same_at_every_load():
    load()
    assert venue_code("members-home-nanhu") == "2MQ9JCW3"
    assert Venue.objects.get(slug="members-home-nanhu").code == "2MQ9JCW3"


def test_the_portal_and_the_committee_have_no_number_that_was_made_up():
    load()
    portal, committee = Portal.objects.get(), LiaisonCommittee.objects.get()
    assert (portal.name, portal.name_en) == ("南湖一线协商", "Nanhu Consultation Portal")
    assert (portal.phone, portal.hours, portal.address) == ("", "", "")
    assert (committee.name, committee.ref_prefix, committee.area.code) == ("政协南湖街道联络委", "NH", "nanhu")
    assert (committee.phone, committee.hours, committee.address) == ("", "", "")
    assert Venue.objects.exists()
    assert not Venue.objects.exclude(phone="", address="").exists()


def test_categories_end_with_other_and_fire_safety_is_quickest():
    load()
    assert Category.objects.count() == 12
    assert Category.objects.last().code == "other"
    days = Category.objects.values_list("response_days", "resolution_days")
    assert days.get(code="fire-safety") == (1, 10)
    assert days.get(code="facilities") == (3, 30)


def test_standard_replies_hold_placeholders_and_no_unknown_one():
    load()
    bodies = dict(StandardReply.objects.values_list("title", "body"))
    assert len(bodies) == 8
    assert all(body.startswith("{称呼}，您好。") and not unknown_placeholders(body) for body in bodies.values())
    assert "（{编号}，{地点}）" in bodies["受理告知"]
    assert "由{部门}负责，办结期限是{期限}。" in bodies["受理告知"]


def test_macros_use_what_is_there():
    load()
    assert list(Macro.objects.values_list("name", "reply__title")) == [
        ("受理告知", "受理告知"),
        ("受理告知并公开", "受理告知"),
        ("请补充信息", "请补充信息"),
    ]
    assert all(not macro.missing and macro.owner is None for macro in Macro.objects.all())


def test_it_makes_the_first_edition_of_the_rates():
    load()
    assert RatesEdition.objects.get().rows == 0


def test_repeated_it_changes_nothing_and_says_so():
    load()
    before = everything()
    output = load()
    assert everything() == before
    assert "areas: 0 created, 3 there already" in output
    assert "venues: 0 created, 1 there already" in output


def test_repeated_it_keeps_what_staff_edited_and_brings_back_what_is_missing():
    load()
    Area.objects.filter(code="zhongyang-huayuan").update(name="花园社区")
    Portal.objects.update(phone="12345")
    StandardReply.objects.get(title="受理告知").delete()
    member = Member.objects.get(name="鲍菁")
    Story.objects.create(member=member, year=2023, title="又一篇", body="委员走进课堂。")
    output = load()
    assert Area.objects.get(code="zhongyang-huayuan").name == "花园社区"
    assert Portal.objects.get().phone == "12345"
    assert StandardReply.objects.filter(title="受理告知").exists()
    assert member.stories.count() == 2
    assert "standard replies: 1 created, 7 there already" in output


def test_every_page_that_the_home_page_links_to_answers_without_anything_invented(client):
    load()
    html = client.get("/").content.decode()
    links = sorted(set(re.findall(r'href="(/[^"#?]*)"', html)) - {"/"})
    pages = [link for link in links if not link.startswith("/static/")]
    assert {"/demands/", "/demands/new/", "/venues/", "/members/"} <= set(pages)
    assert {link: client.get(link).status_code for link in pages} == dict.fromkeys(pages, 200)


def test_what_is_invented_has_a_command_of_its_own():
    with pytest.raises(CommandError, match="--demo"):
        call_command("load_nanhu", "--demo")
