"""Each module defines its models next to its functions; Django looks for them here."""

from .accounts import User
from .audit import AuditEntry
from .backups import BackupRun
from .beats import WorkerBeat
from .consent import ConsentText
from .contacts import Contact
from .counts import CountTotal, InsightSlot
from .outbox import OutboxMessage
from .policy_reports import PolicyViolation
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
    "CountTotal",
    "DigestSubscription",
    "InsightSlot",
    "OutboxMessage",
    "PolicyViolation",
    "Portal",
    "StagedPhoto",
    "Throttle",
    "User",
    "WorkerBeat",
]
