"""Who works in the portal of the pictures, and what befell them, beside the demo content."""

from django.utils import timezone

from consultation.models import Area, Event, StaffScope
from demands.models import Demand
from foundation.accounts import Role, User, give_role
from foundation.invented import marked_models
from foundation.outbox import Channel, OutboxMessage, SendStatus
from foundation.portal import Portal
from members.models import Member
from nanhu_portal.checks import DEMO_PASSWORD

# Names instead of “liaison demo account”.
NAMES = {"liaison": "周敏", "community": "陈洁", "member": "李静", "auditor": "吴霞", "admin": "管理员"}
# Messages that did not arrive: text, demand, and the code that says why.
LOST = [
    ("received", "isv.MOBILE_NUMBER_ILLEGAL"),
    ("received", "isv.BUSINESS_LIMIT"),
    ("received", "isv.AMOUNT_NOT_ENOUGH"),
]


def settle() -> None:
    """Let the demo look like a portal in use. To be called once, after the demo content is loaded."""
    for model in marked_models():
        model.objects.update(is_demo=False)
    for username, name in NAMES.items():
        User.objects.filter(username=username).update(name=name, last_login=timezone.now())
    Member.objects.filter(user__username="member").update(name=NAMES["member"])
    Portal.objects.update(privacy_contact="南湖街道党政办公室", address="南湖街道办事处一楼服务大厅")
    colleague = User.objects.create(username="liuying", name="刘颖", office="南湖街道联络委")
    colleague.set_password(DEMO_PASSWORD)
    colleague.save()
    give_role(colleague, Role.LIAISON_STAFF)
    StaffScope.objects.create(user=colleague, area=Area.objects.get(code="nanhu"))
    # The code at the door is the same in each run.
    for event in Event.objects.all():
        Event.objects.filter(pk=event.pk).update(door_key=f"{event.pk:0>22}")
    for number, (template, failure) in enumerate(LOST):
        _lose(template, failure, number)


def _lose(template: str, failure: str, number: int) -> None:
    demand = Demand.objects.filter(contact__isnull=False).order_by("-pk")[number]
    OutboxMessage.objects.create(
        contact=demand.contact,
        channel=Channel.SMS,
        template=template,
        parameters={"ref": demand.ref},
        subject_ref=demand.ref,
        key=f"{template}:{demand.ref}",
        status=SendStatus.UNDELIVERABLE,
        attempts=1,
        failure=failure,
    )
