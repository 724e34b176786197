"""Releases: one version everywhere, and what the changelogs say of each."""

import tomllib

import pytest
from django.test import Client

from nanhu_portal import UPGRADES_FROM, __version__, releases
from nanhu_portal.embedded import ROOT
from tests import factories


def test_the_version_is_the_same_wherever_it_is_written():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    english, chinese = (releases.changelog(language) for language in ("en", "zh-hans"))
    # A release in the making is written under Unreleased.
    newest = next(release.version for release in english if release.version != "Unreleased")
    assert (project["version"], newest) == (__version__, __version__)
    written = [[(each.version, each.date) for each in one] for one in (english, chinese)]
    assert written[0] == written[1]
    assert releases.order(UPGRADES_FROM) <= releases.order(__version__)
    for one, other in zip(english, chinese, strict=True):
        assert [len(changes) for _heading, changes in one.parts] == [len(changes) for _heading, changes in other.parts]
        assert sum(len(changes) for _heading, changes in one.parts)


@pytest.mark.parametrize(
    ("older", "newer"), [("0.1.0", "1.0.0"), ("1.9.0", "1.10.0"), ("1.0.0", "1.0.1"), ("1.0", "1.0.1")]
)
def test_versions_are_compared_by_their_numbers(older, newer):
    assert releases.order(older) < releases.order(newer)


def test_a_changelog_is_read():
    text = """# Changelog\nAbout [it](x).\n\n## [Unreleased]\n\n## [1.1.0] - 2027-02-03\n\nFor [all](y)\nof you.\n
### Fixed\n\n- One\n  that goes on.\n- Another, see [there](z.md).\n"""
    assert releases.parsed(text) == [
        releases.Release("Unreleased"),
        releases.Release(
            "1.1.0", "2027-02-03", "For all of you.", [("Fixed", ["One that goes on.", "Another, see there."])]
        ),
    ]


@pytest.mark.django_db
def test_staff_see_the_version_in_the_footer_and_what_is_new_and_nobody_else_does():
    client = Client()
    assert __version__ not in client.get("/admin/login/").content.decode()
    assert f"版本 {__version__}" not in client.get("/").content.decode()
    client.force_login(factories.community_staff())
    page = client.get("/admin/").content.decode()
    assert f'<a href="/admin/releases/">版本 {__version__}</a>' in page
    assert "首个正式版本" in client.get("/admin/releases/").content.decode()
    client.cookies["lang"] = "en"
    assert "The first release." in client.get("/admin/releases/").content.decode()
