"""What residents need: the demand and its moves, what was said and shown, and what consultation made of it."""

from foundation.uploads import PhotoReview

from .demand import (
    Category,
    Channel,
    Demand,
    DemandCounter,
    DemandTransition,
    Direction,
    PublicationBasis,
    desk_words,
    public_words,
)
from .dispatch import CategoryMatch, Dispatch, DispatchTransition
from .exchange import DemandMessage, DemandPhoto, MessageKind, Rating, StandardReply, Support, Verdict
from .links import DemandAgendaItem, DemandAgreement, TopicDemand

__all__ = [
    "Category",
    "CategoryMatch",
    "Channel",
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
    "MessageKind",
    "PhotoReview",
    "PublicationBasis",
    "Rating",
    "StandardReply",
    "Support",
    "TopicDemand",
    "Verdict",
    "desk_words",
    "public_words",
]
