"""Whether the portal is ready for residents: a registry of checks, each of which says what it found and how to mend it.

Each app registers its own in a module that its `AppConfig.ready()` imports:

    @check("phone", Section.SITE, permission=STAFF)
    def phone(viewer):
        yield Finding(Level.GREEN, _("联系电话"), portal.current().phone)

The admin's page and `manage.py ready` show the same findings.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

logger = logging.getLogger("nanhu.readiness")


class Level(models.TextChoices):
    """The state of one thing, from best to worst."""

    GREEN = "green", gettext_lazy("正常")
    AMBER = "amber", gettext_lazy("请留意")
    RED = "red", gettext_lazy("须处理")


class Section(models.TextChoices):
    """What checks are about, in the order of the page."""

    SITE = "site", gettext_lazy("门户与法定信息")
    MESSAGES = "messages", gettext_lazy("邮件与短信")
    PEOPLE = "people", gettext_lazy("账号与人员")
    CONTENT = "content", gettext_lazy("内容与演示数据")
    SAFETY = "safety", gettext_lazy("密钥与安全")
    RUNNING = "running", gettext_lazy("运行与备份")


# Who has it sees what staff can mend, and what they have to know.
STAFF = "foundation.view_readiness"
# The start page shows a count that is not older.
COUNT_SECONDS = 300


@dataclass(frozen=True)
class Finding:
    """What a check found about one thing.

    Attributes:
        title: the thing: 联系电话.
        text: its state, in one sentence. No secret, and no personal data.
        remedy: how to mend it, in one sentence; empty if nothing has to be done.
        address: of a page in the portal where that is done.
    """

    level: Level
    title: str
    text: str
    remedy: str = ""
    address: str = ""


@dataclass(frozen=True)
class Check:
    """A check. `find` gets who looks (None: whoever runs the command, who sees all) and yields findings."""

    name: str
    section: Section
    find: Callable[[object], Iterable[Finding]]
    permission: str

    def is_shown_to(self, viewer) -> bool:
        if viewer is None or viewer.is_superuser:
            return True
        return bool(self.permission) and viewer.has_perm(self.permission)


_checks: dict[str, Check] = {}


def check(name: str, section: Section, *, permission: str = ""):
    """Register the decorated generator as a check. It makes a few queries at most, and asks no other host.

    Args:
        permission: whoever has it sees the findings; without one, superusers alone.
    """

    def register(find):
        if name in _checks:
            raise ValueError(f"two checks are called {name}")
        _checks[name] = Check(name, section, find, permission)
        return find

    return register


def findings(viewer=None) -> dict[Section, list[Finding]]:
    """What all checks find that this member of staff may see, or all of it, by section, in the order of the page."""
    found: dict[Section, list[Finding]] = {section: [] for section in Section}
    for one in _checks.values():
        if one.is_shown_to(viewer):
            found[one.section].extend(_found(one, viewer))
    return {section: rows for section, rows in found.items() if rows}


def reds(viewer) -> int:
    """How many red findings there are for somebody, counted a few minutes ago at most."""
    key = f"readiness:{viewer.pk}"
    count = cache.get(key)
    if count is None:
        count = keep_reds(viewer, findings(viewer))
    return count


def keep_reds(viewer, found: dict[Section, list[Finding]]) -> int:
    """Remember for the start page how many red ones there are. Returns it."""
    count = sum(finding.level == Level.RED for rows in found.values() for finding in rows)
    cache.set(f"readiness:{viewer.pk}", count, COUNT_SECONDS)
    return count


def bad(level: Level = Level.RED) -> Level:
    """A level that means less where the portal is a demo, which nobody has to make ready."""
    return Level.AMBER if settings.DEMO else level


def _found(one: Check, viewer) -> list[Finding]:
    """What one check finds. If it fails itself, that is a finding too, and the others are still shown."""
    try:
        return list(one.find(viewer))
    except Exception as error:
        logger.exception("readiness: the check %s failed", one.name)
        text = _("这项检查没有完成（%(error)s）。") % {"error": type(error).__name__}
        title = _("检查项“%(name)s”") % {"name": one.name}
        return [Finding(Level.RED, title, text, _("请技术人员查看日志中的错误。"))]
