"""The messages of all apps: their texts, and who at the desk may see them."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from consultation import messages as consultation
from consultation.models import Event, Topic
from demands import messages as demands
from demands.models import Demand
from foundation.outbox import OutboxMessage
from foundation.sms import Text
from members import messages as members
from members.models import Member

APPS = (demands, members, consultation)


def render(template: str, parameters: dict) -> Text:
    """Write a message out. Raises `KeyError` for a template that no app has."""
    for app in APPS:
        if template in app.TEMPLATES:
            return app.render(template, parameters)
    raise KeyError(template)


def visible_to(user) -> QuerySet[OutboxMessage]:
    """Messages about what lies in the areas that a member of staff works for."""
    return OutboxMessage.objects.filter(
        Q(contact__demand__in=Demand.objects.visible_to(user).values("pk"))
        | Q(contact__sign_up__event__in=Event.objects.visible_to(user).values("pk"))
        | Q(contact__topic_order__topic__in=Topic.objects.visible_to(user).values("pk"))
        | Q(contact__member__in=Member.objects.visible_to(user).values("pk"))
        # To staff: what begins with a demand that this one sees too.
        | Q(Exists(Demand.objects.visible_to(user).filter(ref=OuterRef("subject_ref"))), user__isnull=False)
    )
