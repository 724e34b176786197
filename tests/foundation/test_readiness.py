"""Checks of whether the portal is ready: what they find, who sees it, and what becomes of one that fails."""

import datetime

import pytest
from django.utils import timezone

from foundation import clock, portal, readiness, workdays
from foundation.readiness import Finding, Level, Section
from foundation.workdays import CalendarDay
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def registry(monkeypatch):
    """An empty registry of checks."""
    checks = {}
    monkeypatch.setattr(readiness, "_checks", checks)
    return checks


def levels(name: str) -> list[str]:
    return [finding.level for finding in readiness._checks[name].find(None)]


def test_each_sees_the_findings_of_their_permissions_in_the_order_of_the_page(registry):
    @readiness.check("disk", Section.RUNNING)
    def disk(viewer):
        yield Finding(Level.GREEN, "disk", "fine")

    @readiness.check("phone", Section.SITE, permission="foundation.view_calendarday")
    def phone(viewer):
        yield Finding(Level.RED, "phone", f"seen by {viewer}")

    liaison, admin = factories.liaison_staff(), factories.superuser()
    assert [(section, [row.title for row in rows]) for section, rows in readiness.findings(admin).items()] == [
        (Section.SITE, ["phone"]),
        (Section.RUNNING, ["disk"]),
    ]
    assert readiness.findings().keys() == {Section.SITE, Section.RUNNING}
    assert readiness.findings(liaison) == {Section.SITE: [Finding(Level.RED, "phone", f"seen by {liaison}")]}
    with pytest.raises(ValueError, match="two checks"):
        readiness.check("disk", Section.SITE)(disk)


def test_a_check_that_fails_is_a_finding_and_hides_no_other(registry):
    @readiness.check("broken", Section.SAFETY)
    def broken(viewer):
        raise OSError("postgres://portal:secret@db/portal")
        yield

    @readiness.check("sound", Section.SAFETY)
    def sound(viewer):
        yield Finding(Level.GREEN, "sound", "fine")

    failed, fine = readiness.findings()[Section.SAFETY]
    assert (failed.level, failed.title, fine.title) == (Level.RED, "检查项“broken”", "sound")
    assert "OSError" in failed.text
    assert "secret" not in failed.text


def test_a_portal_without_a_phone_is_not_ready():
    assert levels("phone") == ["red"]
    portal.Portal.objects.create(pk=1, name="一线协商", phone="0573-1234567")
    portal.current.forget()
    assert levels("phone") == ["green"]


@pytest.mark.parametrize(
    ("today", "rows", "level"),
    [
        ((2026, 10, 31), (), "green"),
        ((2026, 11, 1), (), "amber"),
        ((2027, 1, 2), (), "red"),
        ((2027, 1, 2), (1,), "green"),
    ],
)
def test_holidays_are_asked_for_from_november_on(today, rows, level, monkeypatch):
    monkeypatch.setattr(workdays, "last_known_year", lambda: 2026)
    for day in rows:
        CalendarDay.objects.create(date=datetime.date(2027, 1, day), is_workday=False)
    with clock.turned_to(timezone.make_aware(datetime.datetime(*today, 12))):
        assert levels("holidays") == [level]
