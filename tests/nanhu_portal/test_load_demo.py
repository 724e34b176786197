"""The content of `manage.py load_demo`. Every number is counted from rows, and written here by hand."""

import datetime
import io
import itertools
from collections import Counter

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from consultation.models import Area, AreaLevel, Picture, Platform, StaffScope, Topic, TopicOrder, Venue, VenueKind
from demands.models import (
    Category,
    CategoryWord,
    DeadlineChange,
    Demand,
    DemandPhoto,
    Escalation,
    EscalationRule,
    ImportBatch,
    OfficeRequest,
    RatesEdition,
    Rating,
    Recheck,
    SavedFilter,
    StandardReply,
    Support,
    WordCount,
)
from demands.selectors import queues
from foundation import contacts, workdays
from foundation.accounts import User
from foundation.outbox import OutboxMessage
from foundation.portal import Portal
from members.models import LiaisonCommittee
from tests import factories
from tools.demo import structure

STATUSES = {
    "received",
    "accepted",
    "in_consultation",
    "in_progress",
    "resolved",
    "confirmed",
    "reopened",
    "declined",
    "merged",
    "withdrawn",
    "split",
}


def load() -> str:
    output = io.StringIO()
    call_command("load_demo", stdout=output)
    return output.getvalue()


def everything() -> dict[str, list]:
    """All rows that the command may create, as they are in the database."""
    models = (
        *(Portal, Area, Venue, LiaisonCommittee, Category, StandardReply, User, StaffScope, Demand, Support, Rating),
        *(DeadlineChange, Escalation, EscalationRule, ImportBatch, OfficeRequest, Recheck, SavedFilter, WordCount),
    )
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


# --- Refusals ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
class TestRefusals:
    def test_outside_a_demo_it_refuses(self, settings):
        settings.DEMO = False
        with pytest.raises(CommandError, match="only where DEMO is on"):
            load()
        assert not Area.objects.exists()

    def test_beside_real_demands_it_refuses(self):
        factories.demand()
        with pytest.raises(CommandError, match="real demands"):
            load()
        assert Demand.objects.count() == 1
        assert not User.objects.filter(username="admin").exists()


# --- Places --------------------------------------------------------------------------------------------------------


class TestPlaces:
    def test_areas_are_a_district_a_subdistrict_6_communities_and_28_compounds(self, demo):
        levels = Counter(Area.objects.values_list("level", flat=True))
        assert levels == {
            AreaLevel.DISTRICT: 1,
            AreaLevel.SUBDISTRICT: 1,
            AreaLevel.COMMUNITY: 6,
            AreaLevel.COMPOUND: 28,
        }

    def test_only_the_names_that_are_real_are_not_marked_as_demo(self, demo):
        real = Area.objects.filter(is_demo=False).order_by("level").values_list("name", flat=True)
        assert list(real) == ["武昌区", "南湖街道", "中央花园社区"]
        assert list(Venue.objects.filter(is_demo=False).values_list("name", flat=True)) == ["南湖街道政协委员之家"]

    def test_only_what_the_article_names_is_not_marked_as_demo(self, demo):
        marked = [model for model in apps.get_models() if any(field.name == "is_demo" for field in model._meta.fields)]
        unmarked = {model.__name__: model.objects.filter(is_demo=False).count() for model in marked}
        assert {name: count for name, count in unmarked.items() if count} == {
            "Area": 3,
            "Venue": 1,
            "Series": 10,
            "Member": 8,
            "Story": 3,
            "Organisation": 3,
            "Project": 6,
        }

    def test_venues_are_35_of_four_kinds(self, demo):
        kinds = Counter(Venue.objects.values_list("kind", flat=True))
        assert kinds == {
            "members_home": 1,
            "deliberation_home": 3,
            "consultation_studio": 3,
            "cloud_station": 28,
        }
        assert Venue.objects.count() == 35

    def test_every_compound_has_its_cloud_station(self, demo):
        assert Area.objects.filter(level=AreaLevel.COMPOUND).count() == 28
        assert not Area.objects.filter(level=AreaLevel.COMPOUND).exclude(venues__kind="cloud_station").exists()

    @pytest.mark.parametrize("model", [Area, Venue, Category, Platform])
    def test_names_are_distinct_in_both_languages(self, demo, model):
        for field in ("name", "name_en"):
            names = list(model.objects.values_list(field, flat=True))
            assert "" not in names
            assert len(set(names)) == len(names) > 3

    def test_venue_codes_are_short_and_distinct(self, demo):
        codes = set(Venue.objects.values_list("code", flat=True))
        assert len(codes) == 35
        assert all(len(code) == 8 and set(code) <= set("23456789ABCDEFGHJKMNPQRSTVWXYZ") for code in codes)

    def test_every_invented_venue_says_where_and_when_but_has_no_phone(self, demo):
        invented = Venue.objects.filter(is_demo=True)
        assert invented.count() == 34
        assert not invented.filter(address="").exists()
        assert not invented.filter(hours="").exists()
        assert not invented.exclude(phone="").exists()
        assert Venue.objects.get(slug="cloud-station-tinghe-yuan").address == "听荷苑东门值班室旁"
        assert Venue.objects.get(slug="deliberation-home-guihua").address == "桂花社区党群服务中心一楼"

    def test_repeated_they_stay_as_staff_made_them(self, demo):
        Area.objects.filter(code="tinghe-yuan").update(name="听荷新苑")
        Venue.objects.filter(area__code="tinghe-yuan").update(slug="our-station")
        lines = []
        structure.load_places(lines.append)
        assert lines == [
            "  invented areas: 0 created, 33 there already",
            "  invented venues: 0 created, 34 there already",
            "  platforms: 0 created, 4 there already",
        ]
        assert Area.objects.get(code="tinghe-yuan").name == "听荷新苑"
        assert Venue.objects.filter(area__code="tinghe-yuan").count() == 1


# --- Demo ----------------------------------------------------------------------------------------------------------


def local_date(moment: datetime.datetime) -> datetime.date:
    return timezone.localdate(moment)


class TestDemo:
    def test_accounts_are_five_with_their_roles_and_areas(self, demo):
        found = {
            user.username: (
                [group.name for group in user.groups.all()],
                [scope.area.name for scope in user.scopes.all()],
                user.is_staff,
                user.is_superuser,
            )
            for user in User.objects.all()
        }
        assert found == {
            "liaison": (["liaison_staff"], ["南湖街道"], True, False),
            "community": (["community_staff"], ["中央花园社区"], True, False),
            "member": (["committee_member"], [], False, False),
            "auditor": (["auditor"], ["武昌区"], True, False),
            "admin": ([], [], True, True),
        }
        assert all(user.check_password("nanhu-demo") for user in User.objects.all())

    def test_it_has_126_demands_of_2023_and_53_recent_ones_all_marked(self, demo):
        assert Demand.objects.filter(received_at__year=2023).count() == 126
        assert Demand.objects.exclude(received_at__year=2023).count() == 53
        assert not Demand.objects.filter(is_demo=False).exists()

    def test_93_of_2023_are_resolved_and_none_is_open(self, demo):
        season = Counter(Demand.objects.filter(received_at__year=2023).values_list("status", flat=True))
        assert season["resolved"] + season["confirmed"] == 93
        assert season == {"confirmed": 65, "resolved": 28, "declined": 21, "merged": 7, "withdrawn": 5}

    def test_the_season_ends_with_its_year(self, demo):
        season = Demand.objects.filter(received_at__year=2023)
        assert {local_date(at).month for at in season.values_list("received_at", flat=True)} == set(range(1, 13))
        assert all(local_date(demand.closed_at).year == 2023 for demand in season)
        assert all(local_date(rating.at).year == 2023 for rating in Rating.objects.filter(demand__in=season))

    def test_about_a_quarter_of_the_season_comes_from_departments(self, demo):
        season = Demand.objects.filter(received_at__year=2023)
        assert season.filter(direction="top_down").count() == 32
        assert season.filter(channel="department").count() == 32

    def test_the_season_is_spread_over_communities_and_categories(self, demo):
        season = Demand.objects.filter(received_at__year=2023).with_place()
        communities = Counter(demand.area.community.code for demand in season)
        assert len(communities) == 6
        assert min(communities.values()) >= 15
        assert set(season.values_list("category__code", flat=True)) == set(
            Category.objects.values_list("code", flat=True)
        )

    def test_most_of_the_season_was_rated_and_most_of_those_are_satisfied(self, demo):
        ratings = Rating.objects.filter(demand__received_at__year=2023)
        assert ratings.values("demand").distinct().count() == 75
        assert Counter(ratings.values_list("result", flat=True)) == {"satisfied": 65, "unsatisfied": 10, "unsure": 5}

    def test_about_four_in_five_of_the_season_are_published(self, demo):
        season = Demand.objects.filter(received_at__year=2023).exclude(status="withdrawn")
        assert 0.75 < season.public().count() / season.count() < 0.85
        assert set(season.public().values_list("publication_basis", flat=True)) == {
            "web_consent",
            "oral_consent",
            "nobody_concerned",
            "already_public",
        }
        assert not season.awaiting_publication().exists()

    def test_recent_demands_are_in_every_status_and_but_for_what_was_asked_about_of_the_last_60_days(self, demo):
        recent = Demand.objects.exclude(received_at__year=2023)
        assert set(recent.values_list("status", flat=True)) == STATUSES
        asked, others = recent.filter(rechecks__isnull=False), recent.filter(rechecks__isnull=True)
        assert others.earliest("received_at").received_at > timezone.now() - datetime.timedelta(days=60)
        assert asked.earliest("received_at").received_at > timezone.now() - datetime.timedelta(days=150)

    def test_staff_have_something_in_every_queue(self, demo):
        demands = Demand.objects.all()
        assert demands.overdue().count() >= 2
        if workdays.is_workday(timezone.localdate()):
            assert demands.due_today().count() == 2
        assert demands.unassigned().count() >= 5
        assert demands.awaiting_publication().count() == 4
        assert demands.paused().count() == 1
        assert queues.with_office_answers(demands).count() == 1
        assert queues.escalated_to(demands, User.objects.get(username="liaison")).count() >= 2
        assert DemandPhoto.objects.filter(review="pending").count() == 1

    def test_what_is_out_of_remit_names_who_is_responsible(self, demo):
        declined = Demand.objects.exclude(received_at__year=2023).filter(status="declined")
        assert set(declined.values_list("decline_reason", "responsible")) == {
            ("out_of_remit", "市轨道交通运营单位"),
            ("not_feasible", ""),
            ("no_agreement", ""),
            ("not_a_demand", ""),
        }

    def test_transitions_of_a_demand_follow_each_other_and_go_forward_in_time(self, demo):
        for demand in Demand.objects.prefetch_related("transitions"):
            moves = list(demand.transitions.all())
            assert moves[0].to_status == "received"
            if demand.split_from_id is None:  # parts are newer than what their resident wrote
                assert moves[0].at == demand.received_at
            for before, after in itertools.pairwise(moves):
                assert after.from_status == before.to_status
                assert after.at >= before.at
            assert moves[-1].to_status == demand.status
            assert moves[-1].at <= timezone.now()

    def test_staff_act_on_working_days(self, demo):
        for demand in Demand.objects.prefetch_related("transitions"):
            for move in demand.transitions.all():
                if move.party == "staff" and move.from_status:
                    assert workdays.is_workday(local_date(move.at)), (demand.ref, move.at)

    def test_numbers_follow_the_time_but_of_parts_and_of_what_came_by_a_list(self, demo):
        submitted = Demand.objects.filter(split_from__isnull=True, import_row__isnull=True)
        in_time = list(submitted.order_by("received_at", "pk").values_list("ref", flat=True))
        assert in_time == sorted(in_time)
        assert in_time[0] == "NH-2023-00001"
        assert "NH-2023-00126" in in_time

    def test_no_title_comes_twice_in_a_community(self, demo):
        titles = Counter(
            (demand.area.community.code, demand.public_title) for demand in Demand.objects.public().with_place()
        )
        assert titles.most_common(1)[0][1] == 1

    def test_supports_are_rows_from_after_publication(self, demo):
        demands = Demand.objects.prefetch_related("supports")
        for demand in demands:
            assert demand.support_count == demand.supports.count()
            assert all(demand.published_at <= support.at <= timezone.now() for support in demand.supports.all())
        assert sum(demand.support_count > 0 for demand in demands) > 90

    def test_topics_and_their_orders_are_of_the_last_weeks(self, demo):
        newest, *older = Topic.objects.order_by("-created_at").values_list("created_at", flat=True)
        assert 2 <= (timezone.now() - newest).days <= 3
        assert [(newest - created_at).days for created_at in older] == [1, 4, 7, 13, 18, 38]
        orders = TopicOrder.objects.select_related("topic")
        assert orders.count() == 184
        assert all(order.topic.created_at <= order.at <= timezone.now() for order in orders)
        assert len({local_date(order.at) for order in orders}) > 10

    def test_contacts_are_few_and_nobody_s(self, demo):
        phones = {f"1380000000{number}" for number in range(1, 10)}
        for contact in contacts.Contact.objects.all():
            plain = contacts.open_contact(contact)
            assert plain["phone"] in phones | {""}
            assert not plain["email"] or plain["email"].endswith("@example.com")
        assert not Demand.objects.filter(received_at__year=2023, contact__isnull=False).exists()

    def test_nobody_is_sent_a_message(self, demo):
        assert not OutboxMessage.objects.exists()

    def test_pictures_that_the_public_sees_are_described(self, demo):
        public = DemandPhoto.objects.public()
        assert public.count() == 2
        assert all(photo.alt for photo in public)

    def test_venues_events_and_projects_have_drawings(self, demo):
        public = Picture.objects.public()
        for owner in ("venue", "event", "project"):
            assert public.filter(**{f"{owner}__isnull": False}).count() > 7, owner
        assert {venue.kind for venue in Venue.objects.filter(pictures__in=public)} == set(VenueKind.values)
        ramp = public.filter(project__title__contains="无障碍").order_by("pk")
        assert [picture.moment for picture in ramp] == ["before", "after"]
        assert all(picture.is_demo and picture.alt.startswith("示意图：") for picture in Picture.objects.all())
        assert Picture.objects.pending().count() == 1

    def test_the_contact_is_there_and_rings_nowhere(self, demo):
        portal = Portal.objects.get()
        assert (portal.hours, portal.phone) == ("工作日 9:00–17:00", "027-00000000")
        assert "演示" in portal.address

    def test_it_says_what_it_did(self, demo):
        assert "  areas: 3 created" in demo
        assert "invented areas: 33 created" in demo
        assert "demands: 179" in demo
        assert "received in 2023: 126" in demo
        assert "received in 2023 and resolved: 93" in demo

    def test_one_demand_is_split_into_three_parts_with_owners(self, demo):
        whole = Demand.objects.get(status="split")
        parts = Demand.objects.filter(split_from=whole).order_by("pk")
        assert list(parts.values_list("status", "assignee__username", "category__code")) == [
            ("resolved", "community", "facilities"),
            ("in_progress", "liaison", "parking"),
            ("accepted", "community", "traffic"),
        ]
        assert parts.public().count() == 3
        assert all(part.transitions.earliest("pk").at > whole.received_at for part in parts)

    def test_three_were_merged_into_one_of_which_one_was_taken_out_and_one_rates_otherwise(self, demo):
        root = Demand.objects.get(public_title="青禾苑地下车库没有手机信号")
        assert root.status == "confirmed"
        assert root.merged.count() == 2
        rated = Rating.objects.filter(closing__demand=root).order_by("at")
        assert list(rated.values_list("demand__merged_into", "work", "result")) == [
            (root.pk, "satisfied", "unsatisfied"),
            (None, "satisfied", "satisfied"),
        ]
        [own] = Demand.objects.filter(transitions__from_status="merged")
        assert (own.status, own.merged_into, own.place) == ("accepted", None, "6 栋高层")

    def test_one_demand_is_paused_and_one_extended_and_neither_is_late(self, demo):
        changes = DeadlineChange.objects.order_by("act").values_list("act", "days", "demand__public_title")
        assert list(changes) == [
            ("extend", 15, "听雨苑西侧围墙开裂、向外倾斜"),
            ("pause", 0, "秋岚苑早上水龙头放出黄水"),
        ]
        paused = Demand.objects.paused().get()
        assert (paused.status, paused.due_on) == ("accepted", None)
        assert paused.contact is not None
        assert Demand.objects.get(deadline_changes__act="extend").due_on > timezone.localdate()

    def test_one_office_is_waited_for_and_what_another_answered_is_to_be_passed_on(self, demo):
        assert OfficeRequest.objects.count() == 2
        assert OfficeRequest.objects.waiting().get().demand.public_title == "兰庭苑主路雨后积水难以通行"
        answered = OfficeRequest.objects.to_pass_on().get()
        assert answered.demand.public_title == "希望晓风苑开一扇通往公园的小门"
        assert answered.made_at < answered.answered_at < timezone.now() < answered.expires_at

    def test_residents_were_asked_again_and_one_said_no(self, demo):
        asked = Recheck.objects.order_by("day", "demand__received_at")
        assert list(asked.values_list("day", "answer", "demand__status")) == [
            (30, "still_solved", "confirmed"),
            (30, "still_solved", "confirmed"),
            (30, "not_solved", "reopened"),
            (90, "", "confirmed"),
        ]
        assert all(
            question.asked_at - question.closing.at >= datetime.timedelta(days=question.day) for question in asked
        )
        assert not asked.filter(asked_at__gt=timezone.now()).exists()

    def test_a_department_s_list_came_in(self, demo):
        batch = ImportBatch.objects.get()
        assert (batch.status, batch.total, batch.done, batch.failed) == ("done", 4, 4, 0)
        brought = Demand.objects.filter(import_row__batch=batch)
        assert set(brought.values_list("direction", "channel")) == {("top_down", "department")}
        assert Counter(brought.values_list("status", flat=True)) == {"received": 3, "resolved": 1}
        assert set(batch.rows.values_list("source", "problem")) == {("城管部门", "")}

    def test_staff_are_notified_of_deadlines_and_find_shared_filters(self, demo):
        rules = EscalationRule.objects.order_by("pk").values_list("user__username", "when", "days", "area__code")
        assert list(rules) == [("liaison", "before", 1, "nanhu"), ("liaison", "after", 0, "nanhu")]
        late = Demand.objects.overdue().count()
        assert Escalation.objects.filter(rule__when="after").count() == late >= 2
        client = Client()
        client.force_login(User.objects.get(username="community"))
        for saved in SavedFilter.objects.filter(is_shared=True):
            response = client.get(f"/admin/demands/demand/?{saved.query}")
            assert response.status_code == 200
            assert response.context["cl"].result_count > 0
        assert SavedFilter.objects.count() == 2

    def test_figures_word_counts_and_what_is_learnt_speak_of_all_of_it(self, demo):
        # One was split, and its parts count instead.
        assert RatesEdition.objects.get().rows == 178
        assert WordCount.objects.get(word="").texts == 179
        assert CategoryWord.objects.exists()

    def test_repeated_it_changes_nothing_and_says_so(self, demo):
        before = everything()
        assert load() == "The demo content is here already; nothing was changed.\n"
        assert everything() == before
