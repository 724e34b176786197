"""Each module defines its models next to its functions; Django looks for them here."""

from .accounts import User
from .audit import AuditEntry
from .backups import BackupRun
from .consent import ConsentText
from .contacts import Contact
from .outbox import OutboxMessage
from .portal import Portal
from .subscriptions import DigestSubscription
from .throttle import Throttle
from .uploads import StagedPhoto
from .workdays import CalendarDay

__all__ = [
    "AuditEntry",
    "BackupRun",
    "CalendarDay",
    "ConsentText",
    "Contact",
    "DigestSubscription",
    "OutboxMessage",
    "Portal",
    "StagedPhoto",
    "Throttle",
    "User",
]
