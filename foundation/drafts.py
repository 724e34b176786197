"""What staff have typed into a form and not submitted yet: kept for each account and address, encrypted as contacts.

It is kept every few seconds while they write, and when a form arrives after their session has expired. Opened again,
the form is filled in with it and says so; nothing is ever submitted by itself. It goes when the form is submitted, with
the row it is about when that is erased, and after `KEPT_FOR` in any case. Passwords, codes, files and tokens are never
kept.
"""

import datetime
import re
from dataclasses import dataclass

from django.conf import settings
from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils.crypto import salted_hmac

from . import clock, sealed

KEPT_FOR = datetime.timedelta(days=14)
# What a script adds to a form that is to be kept only.
KEEP = "_draft"
# Hidden values that say which state of a row a form was shown with (`forms.ActForm`, `editing`).
SHOWN_WITH = ("version", "_shown")
# Secrets, keys of uploaded files, and what the next page brings itself; names of buttons begin with a line.
_NEVER = re.compile(r"_(?!shown$)|csrfmiddlewaretoken$|code$|kept$|.*(?:password|otp|secret|token)", re.IGNORECASE)
_FORMS = re.compile(r".*-(?:TOTAL|INITIAL|MIN_NUM|MAX_NUM)_FORMS$")


class Draft(models.Model):
    """What one account has typed into the form at one address."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    # A keyed hash of the form's address, whose query may be what somebody searched for.
    key = models.CharField(max_length=64)
    # The row that the form is about, such as `demands.demand:42`; empty for a new one.
    subject = models.CharField(max_length=80, blank=True, db_index=True)
    sealed = models.TextField(editable=False)
    saved_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="draft_once")]

    def __str__(self) -> str:
        return self.key


@dataclass(frozen=True)
class Found:
    """A draft, opened."""

    address: str
    saved_at: datetime.datetime
    posted: QueryDict

    def is_about(self, shown_with: dict[str, str]) -> bool:
        """Whether the form is shown with the same state of its row again."""
        names = [name for name in shown_with if name in self.posted]
        return all(str(shown_with[name]) == self.posted[name] for name in names)


def address_of(request: HttpRequest) -> str:
    """The address of a request's form: its path, and its query without the list that led there."""
    query = request.GET.copy()
    for name in ("_changelist_filters", "place"):
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path


def subject_of(row: models.Model | type[models.Model], key: object = None) -> str:
    """The row that a form is about, as `Draft.subject` stores it; a model with the key of its row will do."""
    return f"{row._meta.label_lower}:{row.pk if key is None else key}"


def keep(user, address: str, posted: QueryDict, *, subject: str = "") -> bool:
    """Keep what was typed, in place of the account's earlier draft for this address. One statement.

    Args:
        address: of `address_of`.
        subject: of `subject_of`, for a form about a row.

    Returns whether there was anything to keep, and room for it.
    """
    values = {name: posted.getlist(name) for name in posted if not _NEVER.match(name)}
    typed = {name for name, texts in values.items() if any(texts) and not _FORMS.match(name)} - set(SHOWN_WITH)
    if not typed:
        return False
    try:
        text = sealed.seal(values, purpose=_purpose(user, address))
    except sealed.TooMuch:
        return False
    Draft.objects.bulk_create(
        [Draft(user=user, key=_key(address), subject=subject, sealed=text)],
        update_conflicts=True,
        unique_fields=["user", "key"],
        update_fields=["subject", "sealed", "saved_at"],
    )
    return True


def find(user, address: str) -> Found | None:
    """The account's draft for an address. One query."""
    row = Draft.objects.filter(user=user, key=_key(address), saved_at__gt=clock.now() - KEPT_FOR).first()
    if row is None:
        return None
    try:
        values = sealed.unseal(row.sealed, purpose=_purpose(user, address), seconds=None)
    except sealed.Broken:
        # Its key is no longer in use.
        return None
    posted = QueryDict(mutable=True)
    for name, texts in values.items():
        posted.setlist(name, texts)
    return Found(address, row.saved_at, posted)


def of_request(request: HttpRequest) -> Found | None:
    """The draft for the form that a request asks for, read once; no query for somebody who has none at all."""
    if not hasattr(request, "draft"):
        may_be = request.method == "GET" and may_have_drafts(request)
        request.draft = find(request.user, address_of(request)) if may_be else None
    return request.draft


def may_have_drafts(request: HttpRequest) -> bool:
    """Whether the account of a request may have drafts. No query: `RoleBackend` has read it with the account."""
    return getattr(request.user, "has_drafts", request.user.is_authenticated)


def done(request: HttpRequest) -> None:
    """Note that the form of a request has done its work, although the response does not lead elsewhere."""
    request.draft_is_done = True


def drop(user, address: str) -> bool:
    """Delete a draft: it was submitted, or its author does not want it. Returns whether there was one."""
    return bool(Draft.objects.filter(user=user, key=_key(address)).delete()[0])


def forget(*rows: models.Model) -> None:
    """Delete all drafts about rows whose personal data is erased."""
    Draft.objects.filter(subject__in=[subject_of(row) for row in rows]).delete()


def sweep() -> int:
    """Delete what nobody came back to; the worker calls this. Returns how many."""
    return Draft.objects.filter(saved_at__lte=clock.now() - KEPT_FOR).delete()[0]


def _key(address: str) -> str:
    return salted_hmac("draft", address, algorithm="sha256").hexdigest()


def _purpose(user, address: str) -> str:
    return f"draft:{user.pk}:{address}"
