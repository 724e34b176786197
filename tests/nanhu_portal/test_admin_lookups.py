"""No query string of the admin asks about a column that its page does not show.

A list that filters by whatever column its address names answers questions: `?door_key__regex=^a` finds the event or
does not, and 302 such requests spelt out a whole key to somebody who may only read. So may `code_hash`, a phone's hash.
"""

import pytest
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.test import RequestFactory

from foundation.modeladmin import GuardedAdmin
from nanhu_portal.admin_site import PortalAdminSite
from tests import factories
from tests.rows import each_row

pytestmark = pytest.mark.django_db

# All that the lists answer about columns, by hand. What is no column (`queue`, `community`) has a filter of its own.
ALLOWED = {
    "consultation.Agreement": {"sector__exact", "sector__isnull", "status__exact", "status__isnull"},
    "consultation.Area": {"level__exact", "level__isnull"},
    "consultation.Event": {"series", "status__exact", "status__isnull"},
    "consultation.Organisation": {
        *("is_active__exact", "is_active__isnull", "kind__exact", "kind__isnull"),
        "sector",
    },
    "consultation.Picture": {"review__exact", "review__isnull"},
    "consultation.Platform": {"is_open__exact", "is_open__isnull"},
    "consultation.Project": {"status__exact", "status__isnull"},
    "consultation.Robot": {"is_active__exact", "is_active__isnull", "platform__exact", "platform__isnull"},
    "consultation.Series": {
        *("cadence__exact", "cadence__isnull", "is_active__exact", "is_active__isnull"),
        *("kind__exact", "kind__isnull"),
    },
    "consultation.Slot": {"series"},
    "consultation.StudyNote": {"series"},
    "consultation.Topic": {"status__exact", "status__isnull"},
    "consultation.Venue": {"is_open__exact", "is_open__isnull", "kind__exact", "kind__isnull"},
    "demands.Demand": {
        *("assignee", "category", "unit", "channel__exact", "channel__isnull", "direction__exact", "direction__isnull"),
        *("status__exact", "status__isnull"),
    },
    "demands.Dispatch": {"member", "status__exact", "status__isnull"},
    "demands.EscalationRule": {"is_active__exact", "is_active__isnull", "when__exact", "when__isnull"},
    "demands.ImportBatch": {"status__exact", "status__isnull"},
    "demands.OfficeRequest": {"unit"},
    "demands.Proposal": {"kind__exact", "kind__isnull", "status__exact", "status__isnull", "subdistrict"},
    "demands.Synonym": {"is_active__exact", "is_active__isnull"},
    "demands.Unit": {"is_active__exact", "is_active__isnull", "kind__exact", "kind__isnull"},
    "foundation.AuditEntry": {"action__exact", "action__isnull"},
    "foundation.ConsentText": {"purpose__exact", "purpose__isnull"},
    "foundation.OutboxMessage": {
        *("channel__exact", "channel__isnull", "receipt__exact", "receipt__isnull"),
        *("status__exact", "status__isnull"),
    },
    "foundation.User": set(),
    "members.Attendance": {"how__exact", "how__isnull", "sector__exact", "sector__isnull"},
    "members.DutyRecord": {
        *("kind__exact", "kind__isnull", "member", "source__exact", "source__isnull"),
        *("status__exact", "status__isnull"),
    },
    "members.Member": {"is_active__exact", "is_active__isnull", "level__exact", "level__isnull"},
    "members.ProfileChange": {"status__exact", "status__isnull"},
    "members.Resource": {"category__id__exact", "category__isnull"},
}
# What the search boxes look through: columns that the list or the row's page shows.
SEARCHED = {
    "consultation.Agreement": ("what",),
    "consultation.Area": ("name", "name_en", "code"),
    "consultation.Event": ("title",),
    "consultation.Organisation": ("name", "name_en"),
    "consultation.Platform": ("name", "name_en"),
    "consultation.Project": ("title",),
    "consultation.Series": ("name", "name_en", "code"),
    "consultation.StudyNote": ("title",),
    "consultation.Topic": ("title",),
    "consultation.Venue": ("name", "name_en", "code"),
    "demands.Demand": ("ref",),
    "demands.DangerWord": ("word",),
    "demands.MissedSearch": ("words",),
    "demands.Proposal": ("title", "number"),
    "demands.Synonym": ("words",),
    "demands.Unit": ("name", "name_en"),
    "foundation.AuditEntry": ("subject",),
    "foundation.OutboxMessage": ("subject_ref",),
    "foundation.User": ("username", "name", "office"),
    "members.DutyRecord": ("member__name", "text"),
    "members.Member": ("name", "name_en"),
    "members.Reception": ("member__name", "place", "venue__name"),
    "members.Resource": ("title", "member__name", "organisation__name"),
}
# What columns order by that are methods of the admin.
ORDERED = {
    *("area", "status", "slot__planned_on", "template", "due_on", "received_at", "assignee_id", "starts_at"),
    *("reply_by", "made_at", "created_at"),
}
LOOKUPS = ("", "__exact", "__regex", "__startswith", "__gt", "__isnull")


def columns(model: type[models.Model]) -> set[str]:
    """All fields of a model and of its neighbours, as lookups name them."""
    found = {"pk"}
    for field in model._meta.get_fields():
        found.add(field.name)
        if field.related_model:
            found |= {f"{field.name}__{other.name}" for other in field.related_model._meta.get_fields()}
    return found


def admins() -> list[tuple[str, admin.ModelAdmin]]:
    found = [(model._meta.label, one) for model, one in admin.site._registry.items()]
    assert len(found) > 30
    return found


def test_lists_answer_about_the_columns_of_their_filters_and_no_others(auditor_client):
    request = RequestFactory().get("/")
    request.user = auditor_client.user
    tried = 0
    for label, one in admins():
        assert isinstance(one, GuardedAdmin), label
        asked = {f"{name}{lookup}" for name in columns(one.model) for lookup in LOOKUPS}
        asked |= {f"{name}__id__exact" for name in columns(one.model)}
        answered = {lookup for lookup in asked if one.lookup_allowed(lookup, "1", request)}
        assert answered == ALLOWED.get(label, set()), label
        tried += len(asked)
    assert tried > 20_000


def test_no_row_is_looked_up_by_another_column_than_its_key():
    request = RequestFactory().get("/")
    for label, one in admins():
        names = {field.attname for field in one.opts.concrete_fields} | {field.name for field in one.opts.fields}
        assert {name for name in names if one.to_field_allowed(request, name)} == {one.opts.pk.attname}, label


def test_the_search_boxes_look_through_what_is_shown_and_nothing_is_edited_in_a_list():
    assert {label: tuple(one.search_fields) for label, one in admins() if one.search_fields} == SEARCHED
    assert [label for label, one in admins() if one.list_editable or one.autocomplete_fields] == []


def test_a_list_is_ordered_by_what_its_columns_show(auditor_client):
    request = RequestFactory().get("/")
    request.user = auditor_client.user
    for label, one in admins():
        shown = one.get_list_display(request)
        ordered = {
            one.get_changelist_instance(request).get_ordering_field(name) for name in one.get_sortable_by(request)
        }
        for name in ordered - {None} - set(shown):
            # Such a column is a method of the admin; what it orders by is no secret.
            get_fields_from_path(one.model, name)
            assert name in ORDERED, label


@each_row(
    ("page", "query"),
    [
        ("consultation/event", "door_key__regex=^a"),
        ("consultation/event", "agenda__event__door_key__startswith=a"),
        ("demands/demand", "code_hash__startswith=a"),
        ("demands/demand", "form_hash__gt=a"),
        ("demands/demand", "contact__phone_hash__exact=a"),
        ("foundation/user", "password__startswith=a"),
        ("foundation/user", "_to_field=password"),
        ("foundation/auditentry", "actor__password__regex=^a"),
        ("members/member", "user__password__startswith=a"),
    ],
)
def test_what_the_auditor_asks_of_secrets_is_refused(auditor_client, page, query):
    factories.event()
    assert auditor_client.get(f"/admin/{page}/?{query}").status_code == 400


def test_a_page_is_not_found_by_a_secret(auditor_client):
    key = factories.event().door_key
    assert key
    assert auditor_client.get(f"/admin/consultation/event/{key}/change/?_to_field=door_key").status_code == 404
    user = auditor_client.user
    address = f"/admin/foundation/user/{user.username}/change/?_to_field=username"
    assert auditor_client.get(address).status_code == 400


def test_the_choices_of_menus_are_not_looked_up_by_a_secret(auditor_client):
    query = "?app_label=consultation&model_name=staffscope&field_name=user&term="
    own = auditor_client.get(f"/admin/autocomplete/{query}{auditor_client.user.username}").json()["results"]
    assert [row["id"] for row in own] == [str(auditor_client.user.pk)]
    assert auditor_client.get(f"/admin/autocomplete/{query}{auditor_client.user.password[:12]}").json()["results"] == []


@pytest.mark.parametrize("given", [GroupAdmin, None])
def test_the_site_guards_the_admins_of_other_packages_too(given):
    request = RequestFactory().get("/")
    site = PortalAdminSite()
    site.register(Group, given)
    guarded = site.get_model_admin(Group)
    assert given is None or isinstance(guarded, given)
    assert not guarded.lookup_allowed("name__startswith", "a", request)
    with pytest.raises(DisallowedModelAdminLookup):
        guarded.get_changelist(request)(
            RequestFactory().get("/?name__startswith=a"),
            Group,
            ["name"],
            [],
            [],
            None,
            [],
            None,
            9,
            9,
            [],
            guarded,
            None,
            "",
        )
    # So Django itself does not.
    unguarded = AdminSite()
    unguarded.register(Group, given)
    assert unguarded.get_model_admin(Group).lookup_allowed("name__startswith", "a", request)
