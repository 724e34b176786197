"""Texts of staff on English pages: in English where there is some, else in Chinese and marked as Chinese."""

import pytest

from consultation.models import Platform, Project, ProjectPartner
from members.models import Resource, Story
from tests import factories

pytestmark = pytest.mark.django_db

ZH = '<span lang="zh-Hans">%s</span>'


@pytest.fixture
def english(resident):
    resident.cookies.load({"lang": "en"})
    return resident


@pytest.fixture
def here():
    found = factories.neighbourhood()
    member = factories.committee_member("林照临")
    Story.objects.create(
        member=member, year=found.published.starts_at.year, title="一盏灯", body="修好了。", is_chosen=True
    )
    ProjectPartner.objects.create(project=found.project, organisation=found.organisation)
    return found


def test_what_is_translated_is_shown_and_the_rest_is_marked_as_chinese(here, english, resident):
    project, resource, platform = here.project, here.resource, here.platform
    year = here.published.starts_at.year
    pages = {
        f"/projects/{project.pk}/": (project.title, project.summary),
        "/projects/": (project.title, project.summary),
        f"/partners/{here.organisation.pk}/": (project.title, resource.title),
        f"/resources/{resource.pk}/": (resource.title, resource.about),
        "/resources/": (resource.title, resource.about),
        f"/venues/platforms/{platform.slug}/": ("树下谈。",),
        f"/annual/{year}/": ("一盏灯", "修好了。", project.title, project.summary),
    }
    Platform.objects.filter(pk=platform.pk).update(summary="树下谈。")
    for address, texts in pages.items():
        html = english.get(address).content.decode()
        assert [text for text in texts if ZH % text not in html] == [], address
    Project.objects.update(title_en="Lamps", summary_en="New lamps.")
    Resource.objects.update(title_en="Advice", about_en="On law.")
    Platform.objects.update(summary_en="Under a tree.")
    Story.objects.update(title_en="One lamp", body_en="Mended.")
    for address, texts in pages.items():
        html = english.get(address).content.decode()
        assert [text for text in texts if text in html] == [], address
    assert "New lamps." in english.get("/projects/").content.decode()
    # In Chinese everything is as it was.
    english.cookies.clear()
    for address, texts in pages.items():
        html = resident.get(address).content.decode()
        assert [text for text in texts if text not in html] == [], address
        assert 'lang="zh-Hans">' not in html.replace('<html lang="zh-Hans">', "")
