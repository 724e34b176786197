"""Who wants a digest: what kind of it, how often and when. See `digests` for what is in one, and for sending it.

A person is an e-mail address: a resident who reported several demands has a contact for each, and one digest of all.
Nobody gets one without having asked for it.
"""

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.db import models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from . import clock, contacts
from .contacts import Contact
from .links import absolute

SALT = "foundation.subscriptions"
DAY, WEEK = datetime.timedelta(days=1), datetime.timedelta(days=7)
# So many contacts with one address, and a digest is offered.
SEVERAL = 2
# Which row names the person in a link.
CONTACT, ACCOUNT = "c", "a"


class Frequency(models.TextChoices):
    WEEKLY = "weekly", _("每周一次")
    DAILY = "daily", _("每天一次")


class Weekday(models.IntegerChoices):
    """As `isoweekday` numbers them."""

    MONDAY = 1, _("星期一")
    TUESDAY = 2, _("星期二")
    WEDNESDAY = 3, _("星期三")
    THURSDAY = 4, _("星期四")
    FRIDAY = 5, _("星期五")
    SATURDAY = 6, _("星期六")
    SUNDAY = 7, _("星期日")


def next_time(frequency: str, weekday: int, hour: int, after: datetime.datetime) -> datetime.datetime:
    """The first time after `after` at which such a digest is due, by the portal's own clock on the wall.

    Args:
        weekday: of a weekly digest.
        hour: 0 to 23.
    """
    due = timezone.localtime(after).replace(hour=hour, minute=0, second=0, microsecond=0)
    step = DAY
    if frequency == Frequency.WEEKLY:
        step = WEEK
        due += DAY * ((weekday - due.isoweekday()) % 7)
    return due if due > after else due + step


class DigestSubscription(models.Model):
    """One person's digest of one kind. To stop it is to delete the row."""

    kind = models.CharField(max_length=20)
    # The recipient: a contact for a resident or member, an account with an e-mail address for staff.
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="digests")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    frequency = models.CharField(max_length=10, choices=Frequency)
    weekday = models.PositiveSmallIntegerField(choices=Weekday, default=Weekday.MONDAY)
    hour = models.PositiveSmallIntegerField(default=9)
    language = models.CharField(max_length=10)
    # Everything until then was in an earlier digest.
    collected_at = models.DateTimeField(default=clock.now)
    next_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(contact__isnull=False) ^ Q(user__isnull=False), name="digest_to_one_person"
            ),
            models.UniqueConstraint(fields=["kind", "contact"], name="digest_once_a_contact"),
            models.UniqueConstraint(fields=["kind", "user"], name="digest_once_an_account"),
            models.CheckConstraint(
                condition=Q(hour__lte=23, weekday__gte=1, weekday__lte=7, frequency__in=Frequency.values),
                name="digest_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def read_in(self) -> str:
        """The language that it was asked for in, unless the portal has given that up since."""
        return self.language if self.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    @property
    def person(self) -> "Person":
        return Person(self.kind, self.contact, self.user)

    @property
    def ahead(self) -> datetime.timedelta:
        """How far ahead a digest looks: a day beyond the next one."""
        return DAY + (WEEK if self.frequency == Frequency.WEEKLY else DAY)


@dataclass(frozen=True)
class Person:
    """Somebody who has, or may want, a digest of a kind: a contact or an account."""

    kind: str
    contact: Contact | None = None
    user: object = None

    @property
    def email(self) -> str:
        if self.contact:
            return contacts.open_contact(self.contact)["email"]
        return self.user.email if self.user.is_active else ""

    @property
    def contacts(self) -> models.QuerySet:
        """All contacts with the person's address; none for an account."""
        return Contact.objects.reached_by(self.email) if self.contact else Contact.objects.none()

    @property
    def subscriptions(self) -> models.QuerySet:
        """At most one, except after two at the same moment."""
        mine = Q(user=self.user) if self.user else Q(contact__in=self.contacts)
        return DigestSubscription.objects.filter(mine, kind=self.kind)

    @property
    def token(self) -> str:
        """What a link to the person's choices carries. It never expires, so that old mails can be unsubscribed from."""
        who = [CONTACT, self.contact.pk] if self.contact else [ACCOUNT, self.user.pk, self.user.generation]
        return signing.dumps([self.kind, *who], salt=SALT)

    def link(self, page: str) -> str:
        return absolute(reverse(page, args=[self.token]))


def find(token: str) -> Person | None:
    """The person whose link carries this token; None if it is forged, or if they and their address are gone."""
    try:
        kind, which, key, *generation = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if which == CONTACT:
        found = Contact.objects.filter(pk=key).exclude(email="").first()
        return Person(kind, contact=found) if found else None
    # An account that was closed meanwhile does not answer to its old mail.
    found = get_user_model().objects.filter(pk=key, is_active=True, generation__in=generation).first()
    return Person(kind, user=found) if found and found.email else None


def covers(contact: Contact, kind: str) -> bool:
    """Whether the person with this contact gets a digest of this kind, so that single messages wait for it."""
    return bool(contact.email) and Person(kind, contact).subscriptions.exists()


def offer(contact: Contact, kind: str) -> str:
    """The end of a mail to somebody who gets several and could have a digest instead; else empty."""
    person = Person(kind, contact)
    if person.contacts.count() < SEVERAL:
        return ""
    text = _("不想逐件接收？可以把进展合成每周或每天一封邮件：%(link)s")
    return f"\n\n{text % {'link': person.link('digest')}}"


@transaction.atomic
def subscribe(person: Person, *, frequency: str, weekday: int = Weekday.MONDAY, hour: int = 9) -> DigestSubscription:
    """Let a person have a digest, or have it at another time; in the current language.

    Args:
        weekday: of a weekly digest.
        hour: 0 to 23.
    """
    # The lock serialises two of the person's contacts subscribing at once.
    list(person.contacts.select_for_update().order_by("pk").values_list("pk"))
    row = person.subscriptions.select_for_update().order_by("pk").first()
    row = row or DigestSubscription(kind=person.kind, contact=person.contact, user=person.user)
    row.frequency, row.weekday, row.hour, row.language = frequency, weekday, hour, get_language()
    row.next_at = next_time(frequency, weekday, hour, clock.now())
    row.save()
    return row


def move(old: Contact, new: Contact | None) -> None:
    """Keep the digests of a contact that is replaced by another one of the same person."""
    if new is not None and new.email:
        DigestSubscription.objects.filter(contact=old).update(contact=new)
