"""Opening accounts: of staff with the areas they work for, of members with the member whose account it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from consultation.models import Area, StaffScope, places
from foundation import account_acts, account_messages, account_reach, audit, contacts, pinyin, slips, throttle
from foundation.accounts import Role, User, give_role
from foundation.audit import AuditAction
from foundation.errors import Refused, TransitionNotAllowed
from foundation.slips import Slip

from ..models import Member

# To whatever number was entered, each a text message that somebody pays for.
LINKS_AN_HOUR = 5


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    """An account to open.

    Args:
        areas: what staff work for; each includes all areas below it.
        member: whose account it is, for the role of a committee member.
        email, phone: where a link can be sent; both may be empty. The phone number is stored encrypted.
    """

    username: str
    role: str
    name: str = ""
    office: str = ""
    email: str = ""
    phone: str = ""
    areas: tuple[Area, ...] = field(default=())
    member: Member | None = None


class CannotOpen(Refused):
    """What is wrong with one of the accounts.

    Attributes:
        index: which of those given, from 0.
        problems: a sentence for each field of `NewAccount` that is wrong.
    """

    def __init__(self, index: int, problems: dict[str, str]) -> None:
        super().__init__(_("；").join(problems.values()))
        self.index, self.problems = index, problems


def open_accounts(accounts: Iterable[NewAccount], *, actor) -> list[User]:
    """Open accounts without a password, all or none. Their holders set one with the link that `slips.make` returns.

    Raises `CannotOpen` for the first that cannot be opened, or `TransitionNotAllowed`.
    """
    with account_acts.acting_on_all([], actor=actor) as (_none, actor):
        return [_open(index, new, actor) for index, new in enumerate(accounts)]


@transaction.atomic
def open_with_slips(accounts: Iterable[NewAccount], *, actor) -> list[Slip]:
    """Open accounts as `open_accounts` does, and return for each what its slip says, in the same order.

    The links are stored nowhere: whoever calls this prints them (`foundation.slips_admin.page`), or the holder gets
    another one later.
    """
    return slips.make(open_accounts(accounts, actor=actor), actor=actor)


def send_link(account: User, *, actor) -> str:
    """Send a new one-time link to the holder: by mail to the account, else to its phone, else to the member's contact.

    Earlier links are worth nothing from then on. Returns the channel. Raises `Refused`.
    """
    if throttle.is_over("account link", str(account.pk), LINKS_AN_HOUR, 3600):
        raise Refused(_("尝试次数太多，请一小时后再试。"))
    with account_acts.acting_on(account, actor=actor) as (row, actor):
        slips.renew(row)
        member = Member.objects.filter(user=row).select_related("contact").first()
        channel = account_messages.send_link(row, row.contact or (member and member.contact))
        if not channel:
            raise Refused(_("没有登记邮箱或电话，请打印开通单。"))
        audit.record(AuditAction.ACCOUNT_LINK_MADE, row, actor=actor, detail=channel)
    return channel


def free_username(name: str) -> str:
    """A user name that nobody has, from how a name sounds: zhouwu, then zhouwu2; empty if that is not known."""
    sound = next(iter(pinyin.sounds(name)), "") if name else ""
    base = sound.replace(" ", "") or "".join(char for char in name if char.isascii() and char.isalnum()).lower()
    if not base:
        return ""
    taken = set(User.objects.filter(username__startswith=base).values_list("username", flat=True))
    return next(
        found for number in range(1, len(taken) + 2) if (found := f"{base}{number if number > 1 else ''}") not in taken
    )


def _open(index: int, new: NewAccount, actor) -> User:
    if new.member:
        # Two who open an account for one member at once.
        Member.objects.select_for_update().get(pk=new.member.pk)
    if problems := problems_of(new, actor=actor):
        raise CannotOpen(index, problems)
    account = _row(new)
    account.set_unusable_password()
    account.contact = contacts.store(called=new.name, phone=new.phone) if new.phone else None
    account.save()
    give_role(account, Role(new.role))
    StaffScope.objects.bulk_create(StaffScope(user=account, area=area) for area in dict.fromkeys(new.areas))
    if new.member:
        Member.objects.filter(pk=new.member.pk).update(user=account)
    if not account_reach.reaches(actor, account):
        raise TransitionNotAllowed(_("您只能为本街道的社区工作人员和委员开通账号。"))
    scope = ",".join(area.code for area in new.areas)
    detail = [f"role {new.role}", scope and f"scope {scope}", new.member and f"member {new.member.pk}"]
    audit.record(AuditAction.ADDED, account, actor=actor, detail=", ".join(filter(None, detail)))
    return account


def _row(new: NewAccount) -> User:
    return User(username=new.username, name=new.name, office=new.office, email=new.email)


def problems_of(new: NewAccount, *, actor) -> dict[str, str]:
    """What keeps an account from being opened: a sentence for each field that is wrong; empty if nothing does."""
    problems = _of_fields(new)
    if new.role not in account_reach.managed_roles(actor):
        problems["role"] = _("请选择您可以开通的角色。")
        return problems
    if new.role == Role.COMMITTEE_MEMBER:
        if sentence := _of_member(new.member, actor):
            problems["member"] = sentence
    elif new.member:
        problems["member"] = _("只有委员账号才对应一位委员。")
    if sentence := _of_areas(new, actor):
        problems["areas"] = sentence
    return problems


def _of_fields(new: NewAccount) -> dict[str, str]:
    problems = {}
    try:
        _row(new).full_clean(exclude=["password"])
    except ValidationError as error:
        problems = {name: "".join(errors) for name, errors in error.message_dict.items()}
    try:
        contacts.normal_phone(new.phone) if new.phone else None
    except contacts.PhoneError:
        problems["phone"] = _("请核对电话号码。")
    return problems


def _of_member(member: Member | None, actor) -> str:
    unlimited = account_reach.is_unlimited(actor)
    if member is None:
        # The superuser may open one before the member's page is there.
        return "" if unlimited else _("请选择这是哪位委员的账号。")
    now = Member.objects.select_related("committee", "user").get(pk=member.pk)
    if not unlimited and now.committee.area_id not in places.areas_of(actor):
        return _("这位委员不属于您的街道。")
    if not now.is_active:
        return _("这位委员已不在任。")
    if now.user and now.user.closed_at is None:
        return _("这位委员已经有账号：%(name)s。") % {"name": now.user.username}
    return ""


def _of_areas(new: NewAccount, actor) -> str:
    if account_reach.is_unlimited(actor):
        return ""
    if new.role == Role.COMMITTEE_MEMBER:
        return _("委员账号不用选择区域。") if new.areas else ""
    if not new.areas:
        return _("请至少选择一个社区。")
    if not {area.pk for area in new.areas} <= set(places.areas_of(actor)):
        return _("请只选择您工作范围内的区域。")
    return ""
