"""Each module defines its models next to its functions; Django looks for them here."""

from .accounts import User
from .audit import AuditEntry
from .backups import BackupRun
from .beats import WorkerBeat
from .consent import ConsentText
from .contacts import Contact
from .counts import CountTotal, InsightSlot
from .devices import KnownDevice
from .drafts import Draft
from .outbox import OutboxMessage
from .policy_reports import PolicyViolation
from .portal import Portal
from .second_factor import Authenticator, RecoveryCode
from .sessions import Session
from .setup_runs import SetupRun
from .subscriptions import DigestSubscription
from .throttle import Throttle
from .trials import Trial
from .uploads import StagedPhoto
from .webhooks import Webhook
from .workdays import CalendarDay

__all__ = [
    "AuditEntry",
    "Authenticator",
    "BackupRun",
    "CalendarDay",
    "ConsentText",
    "Contact",
    "CountTotal",
    "DigestSubscription",
    "Draft",
    "InsightSlot",
    "KnownDevice",
    "OutboxMessage",
    "PolicyViolation",
    "Portal",
    "RecoveryCode",
    "Session",
    "SetupRun",
    "StagedPhoto",
    "Throttle",
    "Trial",
    "User",
    "Webhook",
    "WorkerBeat",
]
