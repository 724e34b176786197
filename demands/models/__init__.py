"""Demands: their transitions, messages, photos and deadlines, dispatches, links to consultation, and proposals."""

from foundation.uploads import PhotoReview

from .batches import BatchStatus, ImportBatch, ImportRow
from .categories import Category
from .choices import Channel, Direction, PublicationBasis, Urgency
from .consulting import DemandAgendaItem, DemandAgreement, TopicDemand
from .conversation import DemandMessage, DemandPhoto, MessageKind, Rating, StandardReply, Support, Verdict
from .counters import DemandCounter
from .danger import DangerWord
from .deadlines import DeadlineAct, DeadlineChange, Escalation, EscalationRule, Recheck
from .demand import Demand, DemandTransition
from .dispatches import CategoryMatch, Dispatch, DispatchTransition
from .macros import Macro
from .offices import OfficeRequest
from .proposals import Evidence, Proposal, ProposalDemand, ProposalKind, ProposalTransition
from .rates import RatesEdition
from .retention import DueErasure, Retention
from .search import SavedFilter
from .synonyms import MissedSearch, Synonym, SynonymUse
from .trail import TrailEntry
from .units import Unit, UnitKind
from .words import CategoryWord, WordCount

__all__ = [
    "BatchStatus",
    "Category",
    "CategoryMatch",
    "CategoryWord",
    "Channel",
    "DangerWord",
    "DeadlineAct",
    "DeadlineChange",
    "Demand",
    "DemandAgendaItem",
    "DemandAgreement",
    "DemandCounter",
    "DemandMessage",
    "DemandPhoto",
    "DemandTransition",
    "Direction",
    "Dispatch",
    "DispatchTransition",
    "DueErasure",
    "Escalation",
    "EscalationRule",
    "Evidence",
    "ImportBatch",
    "ImportRow",
    "Macro",
    "MessageKind",
    "MissedSearch",
    "OfficeRequest",
    "PhotoReview",
    "Proposal",
    "ProposalDemand",
    "ProposalKind",
    "ProposalTransition",
    "PublicationBasis",
    "RatesEdition",
    "Rating",
    "Recheck",
    "Retention",
    "SavedFilter",
    "StandardReply",
    "Support",
    "Synonym",
    "SynonymUse",
    "TopicDemand",
    "TrailEntry",
    "Unit",
    "UnitKind",
    "Urgency",
    "Verdict",
    "WordCount",
]
