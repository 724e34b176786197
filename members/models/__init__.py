"""The liaison committees, their members, what they host, present, attend and read, and resources."""

from .attendance import Attendance, CheckIn, StudyMark
from .bookings import BookingStatus, ResourceBooking
from .committees import LiaisonCommittee
from .duties import (
    BY_EVIDENCE,
    LOGGED,
    DutyCorrection,
    DutyKind,
    DutyPhoto,
    DutyReason,
    DutyRecord,
    DutySource,
    DutyTransition,
)
from .people import AgreementMember, Member, MemberLevel, Presenter, ProjectMember, Sector, Story, VenueHost
from .profiles import ProfileChange, ProfileTransition
from .receptions import Reception, ReceptionBooking, ReceptionState
from .resources import Resource, ResourceCategory, ResourceTransition

__all__ = [
    "BY_EVIDENCE",
    "LOGGED",
    "AgreementMember",
    "Attendance",
    "BookingStatus",
    "CheckIn",
    "DutyCorrection",
    "DutyKind",
    "DutyPhoto",
    "DutyReason",
    "DutyRecord",
    "DutySource",
    "DutyTransition",
    "LiaisonCommittee",
    "Member",
    "MemberLevel",
    "Presenter",
    "ProfileChange",
    "ProfileTransition",
    "ProjectMember",
    "Reception",
    "ReceptionBooking",
    "ReceptionState",
    "Resource",
    "ResourceBooking",
    "ResourceCategory",
    "ResourceTransition",
    "Sector",
    "Story",
    "StudyMark",
    "VenueHost",
]
