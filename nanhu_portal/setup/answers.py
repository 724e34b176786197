"""What setting up asks for: how it stands now, and which settings follow from it.

Answers are texts under the names of the questions, in both languages as rows have them (`name`, `name_en`).
"""

import re
from urllib.parse import urlsplit

from django.conf import settings

from consultation.models import Area, AreaLevel
from foundation import pinyin
from foundation.portal import Portal
from members.models import LiaisonCommittee

Answers = dict[str, str]

BOTH, CHINESE = "zh-hans,en", "zh-hans"
# Questions whose answers are columns of the portal's row.
OF_PORTAL = (
    *("name", "name_en", "organiser", "organiser_en", "phone", "hours", "hours_en", "address", "address_en"),
    *("email", "privacy_contact", "privacy_contact_en"),
)
# Of them, those that the committee has too, which is where residents meet it.
OF_BOTH = ("phone", "hours", "hours_en", "address")
LOCAL = ("127.0.0.1", "localhost")
_KIND = re.compile(r"(?:街道办事处|街道|地区|新区|区|县|市|镇|乡)$")


def stem(name: str) -> str:
    """The name of a place without what kind of place it is."""
    return _KIND.sub("", name) or name


def _syllables(name: str) -> list[str]:
    return [sound for word in pinyin.sounds(stem(name))[:1] for sound in word.split()]


def code_for(name: str, level: AreaLevel) -> str:
    """The code of an area: its name in pinyin, or else its level."""
    return "".join(_syllables(name)) or AreaLevel(level).name.lower()


def prefix_for(name: str) -> str:
    """The letters before the numbers of a place's demands: the initials of its name, at least two."""
    syllables = _syllables(name)
    initials = "".join(syllable[0] for syllable in syllables)[:4]
    return (initials if len(initials) > 1 else "".join(syllables)[:2]).upper()


# --- As it stands ----------------------------------------------------------------------------------------------------


def subdistricts() -> list[Area]:
    return list(Area.objects.filter(level=AreaLevel.SUBDISTRICT).select_related("parent").order_by("order", "pk"))


def current() -> Answers:
    """What is set now; of several subdistricts the first. Empty where nothing is."""
    found: Answers = {}
    portal = Portal.objects.filter(pk=1).first()
    if portal:
        found |= {name: getattr(portal, name) for name in OF_PORTAL}
    place = next(iter(subdistricts()), None)
    district = place.parent if place else Area.objects.filter(level=AreaLevel.DISTRICT).order_by("order", "pk").first()
    for called, area in (("district", district), ("subdistrict", place)):
        if area:
            found |= {called: area.name, f"{called}_en": area.name_en}
    if district:
        found["level"] = str((AreaLevel.SUBDISTRICT if place else AreaLevel.DISTRICT).value)
    committee = LiaisonCommittee.objects.filter(area=place).first() if place else None
    if committee:
        found |= {"committee": committee.name, "committee_en": committee.name_en, "prefix": committee.ref_prefix}
    return found | of_settings()


def of_settings() -> Answers:
    host = urlsplit(settings.SITE_URL).hostname
    return {
        "site_url": settings.SITE_URL,
        "more_hosts": ",".join(one for one in settings.ALLOWED_HOSTS if one not in (host, *LOCAL)),
        "languages": ",".join(code for code, _name in settings.LANGUAGES),
        "retention_months": str(settings.RETENTION_MONTHS),
        "email_url": settings.EMAIL_URL,
        "mail_from": settings.MAIL_FROM,
        "sms_backend": settings.SMS_BACKEND,
    }


# --- Settings that follow --------------------------------------------------------------------------------------------


def hosts_of(answers: Answers) -> str:
    """`ALLOWED_HOSTS`: that of the public address, others that were named, and this machine for probes."""
    more = [one.strip() for one in answers.get("more_hosts", "").split(",") if one.strip()]
    return ",".join(dict.fromkeys([urlsplit(answers["site_url"]).hostname or "", *more, *LOCAL]))


def to_settings(answers: Answers) -> dict[str, str]:
    """The settings that answers make."""
    return {
        "SITE_URL": answers["site_url"].rstrip("/"),
        "ALLOWED_HOSTS": hosts_of(answers),
        "LANGUAGES": answers["languages"],
        "RETENTION_MONTHS": answers["retention_months"],
        "EMAIL_URL": answers["email_url"],
        # Empty, it takes effect too: then the sender is the login.
        "MAIL_FROM": answers.get("mail_from", ""),
        "SMS_BACKEND": answers["sms_backend"],
    }
