"""Organisations and demands are found by a few letters, and several rows are added one after the other."""

import pytest
from playwright.sync_api import expect

from consultation.models import ProjectPartner
from demands.models import Demand
from tests import factories

from ..conftest import DESK, PHONE
from ..look import everything

pytestmark = pytest.mark.browser


@pytest.fixture
def liaison(portal):
    return factories.liaison_staff()


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_each_choice_above_the_rows_adds_one(width, liaison, window, sign_in, picture):
    project = factories.project()
    for name in ("桂花物业", "湖东电力", "湖东律师事务所"):
        factories.organisation(name)
    page = sign_in(window(width), liaison)
    page.goto(f"/admin/consultation/project/{project.pk}/change/")
    many = page.locator("#partnerships-group").get_by_role("combobox").first
    many.press_sequentially("hdd")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(["湖东电力"])
    picture(page, f"pickers {width}")
    many.press("Enter")
    many.press_sequentially("律师")
    many.press("Enter")
    assert not everything(page)
    picture(page, f"pickers chosen {width}")
    with page.expect_navigation():
        page.locator("[name=_save]").click()
    chosen = ProjectPartner.objects.filter(project=project).values_list("organisation__name", flat=True)
    assert set(chosen) == {"湖东电力", "湖东律师事务所"}


def test_the_demand_to_merge_into_is_found_by_its_words(liaison, window, sign_in, picture):
    lamp = factories.demand("accepted", description="3 号门外路灯不亮")
    again = factories.demand("accepted", description="门口的灯坏了")
    page = sign_in(window(DESK), liaison)
    page.goto(f"/admin/demands/demand/{again.pk}/move/merged/")
    field = page.locator("[name=target]")
    field.press_sequentially("路灯")
    expect(page.get_by_role("option")).to_contain_text([lamp.ref])
    picture(page, "pickers demand")
    assert not everything(page)
    field.press("Enter")
    expect(field).to_have_value(lamp.ref)
    with page.expect_navigation():
        field.press("Enter")
    assert Demand.objects.get(pk=again.pk).merged_into == lamp
