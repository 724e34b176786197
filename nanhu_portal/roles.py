"""What each role may do: Django groups, given their permissions by one idempotent sync after every migrate."""

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
    "consultation.view_area",
    "consultation.view_venue",
    "members.view_liaisoncommittee",
    "foundation.view_contact",
]

PERMISSIONS = {
    # The workspace /my/ asks who somebody is, not what they may do.
    Role.COMMITTEE_MEMBER: [],
    Role.COMMUNITY_STAFF: [
        *READ,
        *[
            "demands.add_demand",
            "demands.change_demand",
            "demands.accept_demand",
            "demands.answer_demand",
            "demands.note_demand",
            "foundation.reveal_contact",
            "consultation.change_venue",
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
            "demands.change_demandphoto",
            "demands.add_standardreply",
            "demands.change_standardreply",
            "foundation.reveal_contact",
            "foundation.view_outboxmessage",
            "foundation.change_outboxmessage",
            "consultation.add_venue",
            "consultation.change_venue",
            "consultation.add_area",
            "consultation.change_area",
            "foundation.add_calendarday",
            "foundation.change_calendarday",
            "foundation.delete_calendarday",
            "foundation.view_calendarday",
            "members.change_liaisoncommittee",
        ],
    ],
    Role.AUDITOR: [
        *READ,
        *[
            "foundation.view_auditentry",
            "foundation.view_outboxmessage",
            "foundation.view_calendarday",
            "foundation.view_user",
            "foundation.view_portal",
            "consultation.view_staffscope",
        ],
    ],
}


@transaction.atomic
def sync(using: str = "default") -> None:
    """Make the groups hold exactly these permissions. Raises `LookupError` for a permission that does not exist."""
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
