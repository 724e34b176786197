"""The second factor of an account: six digits from an authenticator app, or one of ten recovery codes, each used once.

The time-based codes, their throttling and the check under a lock are django-otp's. Its own table would keep the secrets
readable, so that a copy of the database would be a second factor: ours seals them as contacts are, and keeps of the
recovery codes only hashes. `STAFF_OTP` demands it of all who may open the admin; others may have it.
"""

import base64
import time
import unicodedata
from collections.abc import Callable
from urllib.parse import quote, urlencode

import django_otp
from django.conf import settings
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP
from django_otp.util import random_hex

from . import account_messages, audit, portal, sealed, throttle
from .accounts import User
from .audit import AuditAction
from .errors import Refused
from .locking import each_locked
from .sign_ins import end_everything
from .tokens import code_hash, new_code

DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_GROUPS = 4
# Wrong recovery codes in a quarter of an hour, from one address.
RECOVERY_TRIES = 8
# After wrong codes an authenticator waits for 1, 2, 4 … seconds, at most for as long as after so many: four minutes.
MAX_FAILURES = 9
# In the session: how somebody has shown that they hold the second factor.
SESSION_KEY = "second_factor"
APP, RECOVERY, DEVICE = "app", "recovery", "device"
WRONG = gettext_lazy("填写的数字不正确。请打开手机验证器，填写现在显示的六位数字。")


class WrongCode(Refused):
    """The code is not accepted; the text says why."""


class Authenticator(ThrottlingMixin, Device):
    """The authenticator app of an account. Every one in this table was confirmed with a code."""

    sealed_key = models.TextField(editable=False)
    # The step of time of the last accepted code: a code works once.
    last_step = models.BigIntegerField(default=-1)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user"], name="authenticator_one_an_account")]

    def verify_token(self, token: str) -> bool:
        """Whether it is the code of now, or of half a minute before or after. Counts a wrong one."""
        if not self.verify_is_allowed()[0]:
            return False
        code = TOTP(bytes.fromhex(sealed.unseal(self.sealed_key, purpose=_purpose(self.user_id), seconds=None)))
        code.time = time.time()
        right = code.verify(int(token), tolerance=1, min_t=self.last_step + 1) if token.isdecimal() else False
        if right:
            self.last_step = code.t()
            self.throttle_reset(commit=False)
        else:
            self.throttle_increment(commit=False)
        self.save()
        return right

    def throttle_increment(self, commit: bool = True) -> None:
        self.throttling_failure_count = min(self.throttling_failure_count, MAX_FAILURES - 1)
        super().throttle_increment(commit)

    def get_throttle_factor(self) -> int:
        return 1

    def seconds_to_wait(self) -> int:
        """For how long no code is accepted after wrong ones."""
        allowed, why = self.verify_is_allowed()
        return 0 if allowed else max(round((why["locked_until"] - timezone.now()).total_seconds()), 1)


class RecoveryCode(models.Model):
    """A recovery code that was not used yet."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.code_hash[:8]}"


def _purpose(user_key: int) -> str:
    return f"authenticator of {user_key}"


def is_required(user: User) -> bool:
    """Whether the account may not sign in without a second factor."""
    return settings.STAFF_OTP and user.is_staff


def authenticator_of(user: User) -> Authenticator | None:
    """The authenticator of an account, if it has set one up. One query."""
    return Authenticator.objects.filter(user=user).first()


def is_shown(request: HttpRequest) -> bool:
    """Whether whoever has this session has shown the second factor."""
    return SESSION_KEY in request.session


# --- Setting it up ---------------------------------------------------------------------------------------------------


def new_key() -> str:
    """A fresh secret of an authenticator, as hexadecimal digits."""
    return random_hex(20)


def written(key: str) -> str:
    """The secret as apps take it from the keyboard: in groups of four."""
    text = base64.b32encode(bytes.fromhex(key)).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def address(user: User, key: str) -> str:
    """What the QR code says: the secret, and the name by which the app lists it."""
    issuer = str(portal.current())
    values = urlencode({"secret": written(key).replace(" ", ""), "issuer": issuer}, quote_via=quote)
    # Not with the issuer before the name too, as some write it: Chinese is long in an address, and the code coarse.
    return f"otpauth://totp/{quote(user.username)}?{values}"


@transaction.atomic
def set_up(user: User, key: str, code: str) -> list[str]:
    """Make this the account's authenticator, instead of one before. Returns fresh recovery codes.

    Args:
        key: its secret, from `new_key`.
        code: what it shows now, as proof that it works.

    Raises `WrongCode`.
    """
    code_now = TOTP(bytes.fromhex(key))
    code_now.time = time.time()
    typed = _bare(code)
    if not (typed.isdecimal() and code_now.verify(int(typed), tolerance=1)):
        raise WrongCode(str(WRONG))
    # The lock serialises two set-ups at once.
    User.objects.select_for_update().get(pk=user.pk)
    Authenticator.objects.filter(user=user).delete()
    sealed_key = sealed.seal(key, purpose=_purpose(user.pk))
    Authenticator.objects.create(user=user, name=user.username, sealed_key=sealed_key, last_step=code_now.t())
    audit.record(AuditAction.FACTOR_SET_UP, user, actor=user)
    account_messages.notify(user, "factor_set_up", key=_now(), at=_now())
    return _new_recovery_codes(user)


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Replace the account's recovery codes. Returns the new ones, which are shown once."""
    User.objects.select_for_update().get(pk=user.pk)
    audit.record(AuditAction.RECOVERY_CODES_MADE, user, actor=user)
    return _new_recovery_codes(user)


def _new_recovery_codes(user: User) -> list[str]:
    codes = [new_code(RECOVERY_GROUPS) for _number in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_hash=code_hash(code, RECOVERY_GROUPS)) for code in codes
    )
    return codes


# --- Asking for it ---------------------------------------------------------------------------------------------------


def _bare(text: str) -> str:
    """What was typed without spaces, and with ordinary digits."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _now() -> str:
    return timezone.now().isoformat()


def check(request: HttpRequest, user: User, typed: str) -> str:
    """Check six digits or a recovery code of an account. Returns which it was.

    Raises `WrongCode`, also while no code is accepted after wrong ones.
    """
    typed = _bare(typed)
    by_app = typed.isdecimal() and len(typed) == DIGITS
    verify: Callable = _verify_app if by_app else _verify_recovery_code
    try:
        verify(request, user, typed)
    except WrongCode:
        audit.record(AuditAction.SIGN_IN_FAILED, user, detail="second factor")
        raise
    return APP if by_app else RECOVERY


def _verify_app(request: HttpRequest, user: User, typed: str) -> None:
    device = authenticator_of(user)
    if device is None:
        raise WrongCode(str(WRONG))
    seconds = device.seconds_to_wait()
    if seconds:
        text = ngettext(
            "填错次数较多，请 %(seconds)d 秒后再试。手机不在身边的，可以填一个恢复码。",
            "填错次数较多，请 %(seconds)d 秒后再试。手机不在身边的，可以填一个恢复码。",
            seconds,
        )
        raise WrongCode(text % {"seconds": seconds})
    try:
        right = django_otp.verify_token(user, device.persistent_id, typed) is not None
    except sealed.Broken:
        # The key of its secret is no longer in CONTACT_KEYS, as after `restore --lost-keys`.
        raise WrongCode(_("手机验证器已失效，请填一个恢复码，或联系管理员重置。")) from None
    if not right:
        raise WrongCode(str(WRONG))


def _verify_recovery_code(request: HttpRequest, user: User, typed: str) -> None:
    # By address too, so that somebody else's guesses do not stop the holder.
    visitor = f"{user.pk} {throttle.client_address(request)}"
    if throttle.is_over("recovery", visitor, RECOVERY_TRIES, 900):
        raise WrongCode(_("恢复码输错次数较多，请 15 分钟后再试。"))
    hashed = code_hash(typed, RECOVERY_GROUPS)
    with transaction.atomic():
        used = hashed and RecoveryCode.objects.filter(user=user, code_hash=hashed).delete()[0]
        if not used:
            raise WrongCode(_("填写的内容不正确。请填写手机验证器里的六位数字，或者一个没有用过的恢复码。"))
        audit.record(AuditAction.RECOVERY_CODE_USED, user, actor=user)
        left = RecoveryCode.objects.filter(user=user).count()
        account_messages.notify(user, "recovery_code_used", key=_now(), at=_now(), left=str(left))


# --- Taking it away --------------------------------------------------------------------------------------------------


@transaction.atomic
def reset(user: User, *, actor: User, reason: str) -> None:
    """Take an account's second factor away, so that its holder sets up a new one when signing in.

    For a lost phone without recovery codes. Ends all that is signed in, and notifies the holder.
    """
    forget(user)
    end_everything(user)
    audit.record(AuditAction.FACTOR_RESET, user, actor=actor, detail=reason)
    account_messages.notify(user, "factor_reset", key=_now(), at=_now())


@transaction.atomic
def remove(user: User) -> None:
    """Remove an account's second factor, at its holder's request. Raises `Refused` where one is required."""
    if is_required(user):
        raise Refused(_("工作人员登录必须使用手机验证器，不能停用。"))
    forget(user)
    audit.record(AuditAction.FACTOR_REMOVED, user, actor=user)
    account_messages.notify(user, "factor_removed", key=_now(), at=_now())


def forget(user: User) -> None:
    """Delete an account's secrets. The caller records why."""
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def rotate() -> int:
    """Seal every secret again with the newest key, so that older keys can be removed. Returns how many."""

    def seal(device: Authenticator) -> None:
        key = sealed.unseal(device.sealed_key, purpose=_purpose(device.user_id), seconds=None)
        device.sealed_key = sealed.seal(key, purpose=_purpose(device.user_id))
        device.save(update_fields=["sealed_key"])

    return each_locked(Authenticator.objects.all(), seal)
