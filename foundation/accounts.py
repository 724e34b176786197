"""Accounts of staff and committee members. Residents never sign in."""

import datetime
from collections.abc import Iterator

from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import models
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from . import links
from .actors import Party
from .public_texts import PublicCharField


class Role(models.TextChoices):
    """The stored value is the name of the Django group."""

    COMMITTEE_MEMBER = "committee_member", _("委员")
    COMMUNITY_STAFF = "community_staff", _("社区工作人员")
    LIAISON_STAFF = "liaison_staff", _("联络委工作人员")
    AUDITOR = "auditor", _("审计")


STAFF_ROLES = frozenset({Role.COMMUNITY_STAFF, Role.LIAISON_STAFF, Role.AUDITOR})


class User(AbstractUser):
    """An account. Residents see its holder only as `office`, never by name."""

    first_name = None
    last_name = None
    name = models.CharField(_("姓名"), max_length=40, blank=True)
    office = PublicCharField(_("对外显示的部门"), max_length=60, blank=True)

    # Counts how often the account was closed or its rights changed. Sessions, links and half-filled forms of an earlier
    # generation are worth nothing. A trigger counts too when an account is closed, whoever does it and how.
    generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # Counts the links that staff made, so that each makes the ones before it worthless.
    link_serial = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    # Set when its holder has left for good; such an account is never opened again.
    closed_at = models.DateTimeField(_("注销时间"), null=True, blank=True, editable=False)

    # A phone number for links by text message, where the holder has no mail.
    contact = models.OneToOneField(
        "foundation.Contact", models.SET_NULL, null=True, blank=True, editable=False, verbose_name=_("联系方式")
    )

    # How its holder likes to work.
    opens_next = models.BooleanField(
        _("办完一件，打开下一件"),
        default=False,
        db_default=False,
        help_text=_("从列表或工作台打开的需求，办完一步后打开同一列表的下一件；不选则留在这一件。"),
    )
    uses_keys = models.BooleanField(
        _("使用快捷键"),
        default=True,
        db_default=True,
        help_text=_("J、K 等单个字母键。使用语音输入或容易误触时可以关闭。"),
    )

    objects = UserManager()

    class Meta:
        verbose_name = _("账号")
        verbose_name_plural = pgettext_lazy("desk", "账号")
        permissions = [("control_user", _("停用和启用账号，更改角色、范围和密码"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | models.Q(is_active=False),
                name="closed_account_is_locked",
                violation_error_message=_("已注销的账号不能启用。"),
            )
        ]

    def __str__(self) -> str:
        if self.closed_at is None:
            return self.name or self.username
        if self.name:
            return gettext("%(name)s（已离职）") % {"name": self.name}
        return gettext("已离职人员 %(number)s") % {"number": self.pk}

    @property
    def user(self) -> "User":
        """An account acts as itself (`foundation.actors`)."""
        return self

    # The party an account acts for; services for members acting on their own rows pass `Party.MEMBER`.
    party = Party.STAFF

    def get_session_auth_hash(self) -> str:
        return f"{super().get_session_auth_hash()}.{self.generation}"

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        for earlier in super().get_session_auth_fallback_hash():
            yield f"{earlier}.{self.generation}"

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


def give_role(user: User, role: Role) -> None:
    """Make `role` the user's only role; staff roles may open the admin."""
    user.groups.set([Group.objects.get(name=role)])
    user.is_staff = user.is_superuser or role in STAFF_ROLES
    user.save(update_fields=["is_staff"])


class LinkTokens(PasswordResetTokenGenerator):
    """Tokens of the links that set a password: Django's, of one generation of the account and its newest link."""

    key_salt = "foundation.accounts.LinkTokens"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}.{user.generation}.{user.link_serial}"

    def _now(self) -> datetime.datetime:
        moment = links.written_at()
        return datetime.datetime.fromtimestamp(moment.timestamp()) if moment else super()._now()


link_tokens = LinkTokens()


def one_time_path(user: User) -> str:
    """The path of a link that lets `user` set a password once.

    Valid for `PASSWORD_RESET_TIMEOUT`. It works once only, because the token depends on the current password, and not
    after the account was closed, even if it is opened again.
    """
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[uid, link_tokens.make_token(user)])
