"""What migrations create outside the models, and which databases `migrate` refuses."""

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from nanhu_portal.management.commands.migrate import lost_migrations

pytestmark = pytest.mark.django_db

APPEND_ONLY = {
    "consultation_agreementtransition",
    "consultation_eventtransition",
    "consultation_projecttransition",
    "consultation_topictransition",
    "demands_deadlinechange",
    "demands_demandtransition",
    "demands_dispatchtransition",
    "demands_proposaltransition",
    "demands_trailentry",
    "foundation_auditentry",
    "foundation_consenttext",
    "members_dutycorrection",
    "members_dutytransition",
    "members_profiletransition",
    "members_resourcetransition",
}


def ask(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def test_tables_that_nobody_changes_have_their_trigger():
    found = ask(
        "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger"
        " WHERE tgname IN ('append_only', 'no_truncate')"
    )
    assert sorted(found) == [
        (table, f"CREATE TRIGGER {trigger} EXECUTE FUNCTION refuse_change()", "O")
        for table in sorted(APPEND_ONLY)
        for trigger in (
            f"append_only BEFORE DELETE OR UPDATE ON public.{table} FOR EACH ROW",
            f"no_truncate BEFORE TRUNCATE ON public.{table} FOR EACH STATEMENT",
        )
    ]


def test_closing_an_account_counts_a_generation():
    [(definition,)] = ask("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'closed_account'")
    assert "BEFORE UPDATE OF is_active ON public.foundation_user" in definition


def test_every_table_of_transitions_is_one_of_them():
    tables = {model._meta.db_table for model in apps.get_models() if model.__name__.endswith("Transition")}
    assert len(tables) >= 5
    assert tables <= APPEND_ONLY


def test_the_sql_functions_are_there():
    found = ask(
        "SELECT proname, pg_get_function_arguments(oid), pg_get_function_result(oid), provolatile::text, proisstrict,"
        " proparallel::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY proname"
    )
    assert found == [
        ("count_generation", "", "trigger", "v", False, "u"),
        ("refuse_change", "", "trigger", "v", False, "u"),
        ("search_cut", "source text", "tsvector", "i", True, "s"),
        ("search_fold", "source text", "text", "i", True, "s"),
        ("search_query", "source text", "tsquery", "i", True, "s"),
        ("search_tokens", "title text, body text", "tsvector", "i", True, "s"),
    ]


def test_the_keys_over_id_and_level_are_there():
    found = ask(
        "SELECT conname, conrelid::regclass::text, pg_get_constraintdef(oid), convalidated FROM pg_constraint"
        " WHERE contype = 'f' AND array_length(conkey, 1) > 1 ORDER BY conname"
    )
    assert found == [
        (
            "area_parent_one_level_higher",
            "consultation_area",
            "FOREIGN KEY (parent_id, parent_level) REFERENCES consultation_area(id, level)",
            True,
        ),
        (
            "profile_of_a_subdistrict",
            "consultation_subdistrictprofile",
            "FOREIGN KEY (area_id, area_level) REFERENCES consultation_area(id, level)",
            True,
        ),
        (
            "venue_kind_at_its_level",
            "consultation_venue",
            "FOREIGN KEY (area_id, area_level) REFERENCES consultation_area(id, level)",
            True,
        ),
    ]


def test_the_generated_columns_are_there():
    found = ask(
        "SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attgenerated = 's' ORDER BY 1, 2"
    )
    assert found == [
        ("consultation_area", "parent_level", "smallint"),
        ("consultation_organisation", "partner_words", "tsvector"),
        ("consultation_organisation", "sector", "character varying(20)"),
        ("consultation_subdistrictprofile", "area_level", "smallint"),
        ("consultation_venue", "area_level", "smallint"),
        ("demands_demand", "desk_words", "tsvector"),
        ("demands_demand", "due_on", "date"),
        ("demands_demand", "public_words", "tsvector"),
    ]


def test_the_indexes_that_searches_go_through_are_there():
    found = ask("SELECT indexname, indexdef FROM pg_indexes WHERE indexdef LIKE '%USING gin%' ORDER BY indexname")
    assert found == [
        ("desk_words", "CREATE INDEX desk_words ON public.demands_demand USING gin (desk_words)"),
        (
            "partner_nurtured",
            "CREATE INDEX partner_nurtured ON public.consultation_organisation"
            " USING gin (nurtured_years) WHERE is_active",
        ),
        (
            "partner_words",
            "CREATE INDEX partner_words ON public.consultation_organisation USING gin (partner_words) WHERE is_active",
        ),
        (
            "pub_words",
            "CREATE INDEX pub_words ON public.demands_demand USING gin (public_words) WHERE (published_at IS NOT NULL)",
        ),
    ]


def test_a_venue_and_a_member_are_kept_from_two_things_at_once():
    found = ask("SELECT conname, conrelid::regclass::text FROM pg_constraint WHERE contype = 'x'")
    assert sorted(found) == [
        ("event_venue_free", "consultation_event"),
        ("reception_member_free", "members_reception"),
    ]


# --- Databases of earlier migrations ---------------------------------------------------------------------------------

ON_DISK = {
    ("axes", "0001_initial"),
    ("consultation", "0001_initial"),
    ("demands", "0001_initial"),
    ("demands", "0002_outside_the_models"),
    ("foundation", "0001_initial"),
    ("members", "0001_initial"),
}


@pytest.mark.parametrize(
    ("applied", "lost"),
    [
        (set(), set()),
        (ON_DISK, set()),
        ({("demands", "0002_append_only")}, {("demands", "0002_append_only")}),
        ({("members", "0001_members")}, {("members", "0001_members")}),
        ({("demands", "0003_of_a_newer_release")}, set()),
        ({("axes", "0001_squashed")}, set()),
        ({("an_app_that_is_gone", "0001_initial")}, set()),
    ],
)
def test_only_replaced_migrations_of_our_own_are_lost(applied, lost):
    assert lost_migrations(applied, ON_DISK) == lost


def test_a_database_from_before_is_refused_in_one_sentence():
    MigrationRecorder(connection).record_applied("foundation", "0002_search_and_append_only")
    with pytest.raises(CommandError) as refused:
        call_command("migrate")
    assert str(refused.value) == (
        "This database was made by an earlier, unreleased version of the portal and cannot be brought up to date: "
        "remove the embedded one under var/ with `make clean`, or name an empty one in DATABASE_URL."
    )
