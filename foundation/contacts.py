"""How to reach a resident: stored apart from the demand, encrypted, shown masked, revealed only with a recorded reason.

Keyed hashes find a contact by exact phone number or e-mail address, or by the phone's last four digits, without
decrypting anything.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from . import audit
from .locking import each_locked

MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"0\d{9,11}")
LOST_KEY = _("联系方式无法读取：加密密钥已丢失。")


class LostKey(RuntimeError):
    """The contact was encrypted with a key that is not in CONTACT_KEYS, as after `restore --lost-keys`."""


class PhoneError(ValueError):
    """The text is not a phone number of mainland China."""


def normal_phone(text: str) -> str:
    """Digits of a mainland number, mobile or landline with area code.

    Accepts spaces, hyphens, brackets, full-width digits and +86. Raises `PhoneError`.
    """
    digits = "".join(str(int(char)) for char in text if char.isdecimal())
    if re.search(r"[^\d\s\-－—()（）+＋.]", text):
        raise PhoneError(text)
    if re.match(r"\s*(\+|＋|00)", text) or (len(digits) == 13 and digits.startswith("86")):
        digits = digits.removeprefix("00")
        if not digits.startswith("86"):
            raise PhoneError(text)
        digits = digits.removeprefix("86")
        if not digits.startswith("0") and not MOBILE.fullmatch(digits):
            digits = f"0{digits}"
    if not (MOBILE.fullmatch(digits) or LANDLINE.fullmatch(digits)):
        raise PhoneError(text)
    return digits


@cache
def _ciphers(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"contact:{key}".encode()).digest())) for key in keys]
    )


def _encrypt(text: str) -> str:
    return _ciphers(tuple(settings.CONTACT_KEYS)).encrypt(text.encode()).decode() if text else ""


def _decrypt(token: str) -> str:
    if not token:
        return ""
    try:
        return _ciphers(tuple(settings.CONTACT_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise LostKey("A contact cannot be decrypted: CONTACT_KEYS lacks the key it was written with.") from None


def _hash(kind: str, text: str, key: str | None = None) -> str:
    """Keyed hash of a normalised value, by default with the newest key."""
    if not text:
        return ""
    secret = (key or settings.CONTACT_KEYS[0]).encode()
    return hmac.new(secret, f"{kind}:{text}".encode(), hashlib.sha256).hexdigest()


def _hashes(kind: str, text: str) -> list[str]:
    """The hashes a row may have, one for each key in use; none for empty text, so that it matches nobody."""
    return [_hash(kind, text, key) for key in settings.CONTACT_KEYS] if text else []


def masked_email(email: str) -> str:
    name, _at, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"


class ContactQuerySet(models.QuerySet):
    def reached_by(self, address: str) -> "ContactQuerySet":
        """Contacts with exactly this phone number or e-mail address."""
        try:
            return self.filter(phone_hash__in=_hashes("phone", normal_phone(address)))
        except PhoneError:
            return self.filter(email_hash__in=_hashes("email", address.strip().lower()))

    def phone_ends_with(self, digits: str) -> "ContactQuerySet":
        """Contacts whose phone ends with these four digits."""
        return self.filter(last4_hash__in=_hashes("last4", digits))


class Contact(models.Model):
    """A resident's form of address, phone and e-mail, all encrypted. Use `store`, `masked` and `reveal`."""

    called = models.TextField(_("称呼（加密）"), blank=True, editable=False)
    phone = models.TextField(_("电话（加密）"), blank=True, editable=False)
    email = models.TextField(_("邮箱（加密）"), blank=True, editable=False)
    phone_hash = models.CharField(max_length=64, blank=True, editable=False)
    email_hash = models.CharField(max_length=64, blank=True, editable=False)
    last4_hash = models.CharField(max_length=64, blank=True, editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("联系方式")
        default_permissions = ("view",)
        permissions = [("reveal_contact", _("可查看联系方式（须写明理由）"))]
        indexes = [
            models.Index(fields=["phone_hash"], name="contact_phone", condition=~Q(phone_hash="")),
            models.Index(fields=["email_hash"], name="contact_email", condition=~Q(email_hash="")),
            models.Index(fields=["last4_hash"], name="contact_last4", condition=~Q(last4_hash="")),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """What staff see before they give a reason: whether there is a contact, and of which kind."""
        try:
            phone, email = _decrypt(self.phone), _decrypt(self.email)
        except LostKey:
            return str(LOST_KEY)
        parts = []
        if phone:
            parts.append(f"{phone[:3]}****{phone[-4:]}")
        if email:
            parts.append(masked_email(email))
        return " · ".join(parts) or str(_("未留联系方式"))

    @property
    def is_empty(self) -> bool:
        return not (self.phone or self.email)


def store(*, called: str = "", phone: str = "", email: str = "") -> Contact | None:
    """Save a contact, encrypted; None when there is nothing to save. Raises `PhoneError`."""
    if not (called or phone or email):
        return None
    [contact] = store_all([{"called": called, "phone": phone, "email": email}])
    return contact


def is_mobile(phone: str) -> bool:
    """Whether a normal number is one that takes text messages."""
    return MOBILE.fullmatch(phone) is not None


def store_all(given: Sequence[Mapping[str, str]]) -> list[Contact]:
    """Save a contact for each of these values, in one query. Raises `PhoneError`."""
    made = []
    for values in given:
        phone = values.get("phone", "")
        contact = Contact()
        _fill(contact, values.get("called", ""), normal_phone(phone) if phone else "", values.get("email", "").strip())
        made.append(contact)
    return Contact.objects.bulk_create(made, batch_size=500)


def _fill(contact: Contact, called: str, phone: str, email: str) -> None:
    contact.called, contact.phone, contact.email = _encrypt(called), _encrypt(phone), _encrypt(email)
    contact.phone_hash = _hash("phone", phone)
    contact.email_hash = _hash("email", email.lower())
    contact.last4_hash = _hash("last4", phone[-4:])


def open_contact(contact: Contact) -> dict[str, str]:
    """The decrypted values, for sending a message. To show them to staff, use `reveal`."""
    return {name: _decrypt(getattr(contact, name)) for name in ("called", "phone", "email")}


def reveal(contact: Contact | None, *, subject: object, actor, reason: str) -> dict[str, str]:
    """The decrypted values, for a member of staff; first records who, when, for which demand and why. None where what
    is revealed is in a text alone.

    Raises `ValueError` without a reason, and `LostKey`.
    """
    if not reason.strip():
        raise ValueError("a reason is required")
    audit.record(audit.AuditAction.CONTACT_REVEALED, subject, actor=actor, detail=reason.strip())
    return open_contact(contact) if contact else {}


def reveal_all(several: Sequence[tuple[Contact, object]], *, actor, reason: str) -> list[dict[str, str]]:
    """Reveal contacts, each with its subject, as `reveal` does one; a row of the audit for each."""
    if not reason.strip():
        raise ValueError("a reason is required")
    acts = [(subject, reason.strip()) for _contact, subject in several]
    audit.record_all(audit.AuditAction.CONTACT_REVEALED, acts, actor=actor)
    return [open_contact(contact) for contact, _subject in several]


def rotate() -> int:
    """Encrypt every contact again with the newest key, so that older keys can be removed. Returns how many."""

    def encrypt(contact: Contact) -> None:
        plain = open_contact(contact)
        _fill(contact, plain["called"], plain["phone"], plain["email"])
        contact.save(update_fields=["called", "phone", "email", "phone_hash", "email_hash", "last4_hash"])

    return each_locked(Contact.objects.all(), encrypt)
