"""Areas, venues, partners, rhythm, events, topics, agreements, projects, and their photos."""

from .agreements import Agreement, AgreementTransition
from .alerts import Alert, AlertChoice, Robot
from .areas import Area, AreaLevel, StaffScope
from .events import AgendaItem, Event, EventTransition, SignUp, SignUpStatus
from .organisations import SECTOR_OF, Organisation, OrganisationKind, PartnerSector
from .papers import PaperTemplate
from .pictures import Picture
from .projects import Milestone, Project, ProjectPartner, ProjectPlace, ProjectTransition
from .rhythm import Cadence, Series, SeriesKind, Slot, SlotState, StudyNote
from .subdistricts import SubdistrictProfile
from .topics import Topic, TopicOrder, TopicTransition
from .venues import VENUE_LEVEL, Platform, Venue, VenueKind, VenueScan

__all__ = [
    "SECTOR_OF",
    "VENUE_LEVEL",
    "AgendaItem",
    "Agreement",
    "AgreementTransition",
    "Alert",
    "AlertChoice",
    "Area",
    "AreaLevel",
    "Cadence",
    "Event",
    "EventTransition",
    "Milestone",
    "Organisation",
    "OrganisationKind",
    "PaperTemplate",
    "PartnerSector",
    "Picture",
    "Platform",
    "Project",
    "ProjectPartner",
    "ProjectPlace",
    "ProjectTransition",
    "Robot",
    "Series",
    "SeriesKind",
    "SignUp",
    "SignUpStatus",
    "Slot",
    "SlotState",
    "StaffScope",
    "StudyNote",
    "SubdistrictProfile",
    "Topic",
    "TopicOrder",
    "TopicTransition",
    "Venue",
    "VenueKind",
    "VenueScan",
]
