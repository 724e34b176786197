"""Who brings what: the liaison committee, its members, what they host, present, attend and read, and resources."""

from .attendance import Attendance, CheckIn, StudyMark
from .committee import LiaisonCommittee
from .member import Member, MemberLevel, Presenter, ProjectMember, Sector, VenueHost
from .resources import Resource, ResourceCategory

__all__ = [
    "Attendance",
    "CheckIn",
    "LiaisonCommittee",
    "Member",
    "MemberLevel",
    "Presenter",
    "ProjectMember",
    "Resource",
    "ResourceCategory",
    "Sector",
    "StudyMark",
    "VenueHost",
]
