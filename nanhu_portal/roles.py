"""What each role may do: permissions of Django groups, set by an idempotent sync after every migrate."""

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from foundation.accounts import Role

READ = [
    "demands.view_demand",
    "demands.view_demandtransition",
    "demands.view_demandmessage",
    "demands.view_demandphoto",
    "demands.view_rating",
    "demands.view_support",
    "demands.view_category",
    "demands.view_standardreply",
    "demands.view_dangerword",
    "demands.view_macro",
    "demands.view_unit",
    "demands.view_synonym",
    "demands.view_missedsearch",
    "demands.view_deadlinechange",
    "demands.view_escalationrule",
    "demands.view_escalation",
    "demands.view_recheck",
    "demands.view_officerequest",
    "demands.view_trailentry",
    "consultation.view_area",
    "consultation.view_subdistrictprofile",
    "consultation.view_venue",
    "consultation.view_venuescan",
    "consultation.view_papertemplate",
    "consultation.view_platform",
    "consultation.view_organisation",
    "consultation.view_series",
    "consultation.view_slot",
    "consultation.view_studynote",
    "consultation.view_event",
    "consultation.view_eventtransition",
    "consultation.view_agendaitem",
    "consultation.view_signup",
    "consultation.view_topic",
    "consultation.view_topictransition",
    "consultation.view_topicorder",
    "consultation.view_agreement",
    "consultation.view_agreementtransition",
    "consultation.view_project",
    "consultation.view_projecttransition",
    "consultation.view_projectpartner",
    "consultation.view_milestone",
    "consultation.view_projectplace",
    "consultation.view_picture",
    "members.view_liaisoncommittee",
    "members.view_sector",
    "members.view_member",
    "members.view_venuehost",
    "members.view_presenter",
    "members.view_projectmember",
    "members.view_attendance",
    "members.view_studymark",
    "members.view_reception",
    "members.view_receptionbooking",
    "members.view_resource",
    "members.view_resourcecategory",
    "members.view_resourcetransition",
    "members.view_resourcebooking",
    "members.view_agreementmember",
    "members.view_story",
    "members.view_profilechange",
    "members.view_profiletransition",
    "members.view_dutyrecord",
    "members.view_dutycorrection",
    "members.view_dutytransition",
    "members.view_dutyphoto",
    "demands.view_categorymatch",
    "demands.view_dispatch",
    "demands.view_dispatchtransition",
    "demands.view_proposal",
    "demands.view_proposaldemand",
    "demands.view_proposaltransition",
    "foundation.view_contact",
]


def all_of(app: str, *models: str) -> list[str]:
    """The permissions to add and change rows of these models."""
    return [f"{app}.{act}_{model}" for model in models for act in ("add", "change")]


# Events in the user's own area, from planning to the draft minutes.
MEETINGS = [
    *all_of("consultation", "event", "agendaitem"),
    "consultation.delete_agendaitem",
    "consultation.add_picture",
    "consultation.reveal_sign_up",
    "members.add_attendance",
    "members.delete_attendance",
    "members.add_presenter",
    "members.change_presenter",
    "members.delete_presenter",
]

PERMISSIONS = {
    # The workspace /my/ checks who the user is instead of permissions.
    Role.COMMITTEE_MEMBER: [],
    Role.COMMUNITY_STAFF: [
        *READ,
        *[
            "demands.add_demand",
            "demands.change_demand",
            "demands.accept_demand",
            "demands.answer_demand",
            "demands.note_demand",
            *all_of("demands", "macro"),
            "demands.delete_macro",
            "foundation.reveal_contact",
            "consultation.change_venue",
            *MEETINGS,
        ],
    ],
    Role.LIAISON_STAFF: [
        *READ,
        *[
            "demands.add_demand",
            "demands.change_demand",
            "demands.accept_demand",
            "demands.handle_demand",
            "demands.decline_demand",
            "demands.merge_demand",
            "demands.answer_demand",
            "demands.note_demand",
            "demands.assign_demand",
            "demands.publish_demand",
            "demands.erase_demand",
            "demands.import_demand",
            "demands.export_demand",
            "demands.view_importbatch",
            "demands.view_dueerasure",
            "demands.share_filter",
            "demands.add_escalationrule",
            "demands.change_escalationrule",
            "demands.delete_escalationrule",
            "demands.change_demandphoto",
            "demands.add_standardreply",
            "demands.change_standardreply",
            *all_of("demands", "unit", "proposal"),
            *all_of("demands", "synonym"),
            "demands.delete_synonym",
            *all_of("demands", "dangerword"),
            "demands.delete_dangerword",
            *all_of("demands", "macro"),
            "demands.delete_macro",
            "demands.share_macro",
            "foundation.reveal_contact",
            # Which accounts: `foundation.account_reach`.
            *all_of("foundation", "user"),
            "foundation.view_user",
            "foundation.control_user",
            "foundation.view_outboxmessage",
            "foundation.change_outboxmessage",
            "foundation.view_readiness",
            "foundation.lift_demo_mark",
            "consultation.view_robot",
            *all_of("consultation", "robot"),
            "consultation.delete_robot",
            "consultation.add_venue",
            "consultation.change_venue",
            "consultation.add_area",
            "consultation.change_area",
            "consultation.change_subdistrictprofile",
            "consultation.change_papertemplate",
            "foundation.add_calendarday",
            "foundation.change_calendarday",
            "foundation.delete_calendarday",
            "foundation.view_calendarday",
            "members.change_liaisoncommittee",
            *MEETINGS,
            "consultation.approve_minutes",
            "consultation.delete_picture",
            "consultation.change_picture",
            *all_of("consultation", "platform", "organisation", "series", "studynote", "topic", "agreement", "project"),
            *all_of("consultation", "projectpartner", "milestone", "projectplace", "slot"),
            "consultation.delete_projectpartner",
            "consultation.delete_milestone",
            "consultation.delete_projectplace",
            "consultation.push_studynote",
            *all_of("members", "member", "venuehost", "presenter", "projectmember", "resource", "reception"),
            *all_of("members", "dutyrecord", "story", "agreementmember"),
            "members.review_resource",
            "members.confirm_dutyrecord",
            "members.review_profilechange",
            "members.delete_agreementmember",
            "demands.dispatch_demand",
            "members.delete_venuehost",
            "members.delete_presenter",
            "members.delete_projectmember",
        ],
    ],
    Role.AUDITOR: [
        *READ,
        *[
            "demands.view_dueerasure",
            "foundation.view_auditentry",
            "foundation.view_outboxmessage",
            "foundation.view_calendarday",
            "foundation.view_user",
            "foundation.view_portal",
            "foundation.view_consenttext",
            "foundation.view_insightslot",
            "consultation.view_staffscope",
            "consultation.view_robot",
        ],
    ],
}


@transaction.atomic
def sync(using: str = "default") -> None:
    """Give the groups exactly these permissions. Raises `LookupError` for a permission that does not exist."""
    known = {
        f"{app}.{code}": key
        for app, code, key in Permission.objects.using(using).values_list("content_type__app_label", "codename", "pk")
    }
    for role, names in PERMISSIONS.items():
        missing = set(names) - known.keys()
        if missing:
            raise LookupError(f"no such permission: {', '.join(sorted(missing))}")
        group, _created = Group.objects.using(using).get_or_create(name=role)
        group.permissions.set([known[name] for name in names])
