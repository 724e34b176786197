"""A settings file that changes while the portal runs: taken up by itself, and no request is lost."""

import pytest

from nanhu_portal import settings_file
from tests.faults.cluster import PATIENCE, until
from tests.faults.portal import Crowd, running, told

pytestmark = pytest.mark.faults


def test_changed_settings_are_taken_up_without_a_lost_request_and_what_waited_is_sent(portal, mail):
    file = portal.folder / "settings.env"
    # The environment has no say in this.
    portal.environment |= {"SETTINGS_FILE": str(file), "EMAIL_URL": ""}
    settings_file.write(file, {"EMAIL_URL": "off://"})
    mark = "改了设置"

    def speaks_english() -> set[bool]:
        """Of ten pages, which are made by different processes."""
        return {"English</a>" in portal.visitor().get("/sitemap/").text for _page in range(10)}

    with running(portal, "web", "worker"), Crowd(portal, mark, residents=2) as crowd:
        crowd.wait_for(2)
        assert speaks_english() == {True}
        assert told(mail) == set()
        settings_file.write(file, {"LANGUAGES": "french"})
        until(lambda: portal.said().count("the settings are not taken up") >= 2, "both say why not")
        assert speaks_english() == {True}
        settings_file.write(file, {"LANGUAGES": "zh-hans", "EMAIL_URL": mail.address})
        until(lambda: speaks_english() == {False}, "all processes are new", PATIENCE * 2)
        crowd.wait_for(2)
        worker = portal.processes["worker"]
        assert worker.poll() is None, "it begins anew in its own place"
    assert (crowd.odd, crowd.failed) == ([], 0)
    with running(portal, "worker"):
        until(lambda: len(told(mail)) >= len(crowd.acknowledged), "what waited is sent")
