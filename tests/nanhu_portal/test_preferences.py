"""Choices in the header, header and footer of every page, and what elder mode leaves out."""

import re

import pytest
from django.core.cache import cache
from django.test import Client

from foundation.cached import forget_all
from foundation.portal import Portal
from tests import factories
from tests.pages import flat, words

pytestmark = pytest.mark.django_db

PAGE = "/sitemap/"


def opening(client) -> str:
    """The page's first tag."""
    return re.search(r"<html[^>]*>", flat(client.get(PAGE).content.decode()))[0]


def chosen(client) -> list[str]:
    """Labels of the selected tools in the header; each is both in the menu and in the toolbar."""
    html = flat(client.get(PAGE).content.decode())
    tools = "".join(re.findall(r'<div class="tools">(.*?)</div><ul>', html))
    return re.findall(r'aria-current="true"><span class="visually-hidden">字号 </span>(.*?)</a>', tools)


# What was pressed, in order; the resulting page, and the selected size.
CHOICES = [
    ("", '<html lang="zh-Hans">', "标准"),
    ("text=large", '<html lang="zh-Hans" data-text="large">', "大"),
    ("text=largest", '<html lang="zh-Hans" data-text="largest">', "特大"),
    ("text=largest text=standard", '<html lang="zh-Hans">', "标准"),
    ("contrast=1", '<html lang="zh-Hans" data-contrast="more">', "标准"),
    ("contrast=1 contrast=0", '<html lang="zh-Hans">', "标准"),
    ("elder=1", '<html lang="zh-Hans" class="elder">', "标准"),
    ("elder=1 text=large", '<html lang="zh-Hans" class="elder" data-text="large">', "大"),
    # Elder mode has three sizes of its own: it starts with the first, and leaving it resets the size.
    ("text=largest elder=1", '<html lang="zh-Hans" class="elder">', "标准"),
    ("elder=1 text=largest elder=0", '<html lang="zh-Hans">', "标准"),
    # Contrast is independent of elder mode.
    ("contrast=1 elder=1", '<html lang="zh-Hans" class="elder" data-contrast="more">', "标准"),
    ("contrast=1 text=large elder=1 elder=0", '<html lang="zh-Hans" data-contrast="more">', "标准"),
]


def test_what_is_pressed_is_remembered_and_marked():
    """Two visitors in turn: the header is cached, and must not show one what the other chose."""
    for pressed, html, size in CHOICES:
        client = Client()
        for choice in pressed.split():
            assert client.get(f"/preferences/?{choice}").status_code == 302
        assert (opening(client), chosen(client)) == (html, [size, size]), pressed


def test_a_switch_says_what_pressing_it_brings():
    client = Client()
    for choice, here, gone in (
        ("elder=1", "普通版", "长辈版"),
        ("elder=0", "长辈版", "普通版"),
        ("contrast=1", "普通对比度", "高对比度"),
        ("contrast=0", "高对比度", "普通对比度"),
    ):
        client.get(f"/preferences/?{choice}")
        header = client.get(PAGE).content.decode().partition("<main")[0]
        assert f">{here}</a>" in header
        assert f">{gone}</a>" not in header


def test_a_portal_in_chinese_alone_has_no_switch_and_falls_back(settings):
    client = Client()
    client.get("/preferences/", {"lang": "en"})
    assert ">中文</a>" in client.get(PAGE).content.decode()
    settings.LANGUAGES = [("zh-hans", "简体中文")]
    forget_all()
    cache.clear()
    html = client.get(PAGE).content.decode()
    assert '<html lang="zh-Hans">' in html
    assert 'hreflang="' not in html
    client = Client()
    assert client.get("/preferences/", {"lang": "en"}).status_code == 302
    assert "lang" not in client.cookies


def test_reading_aloud_is_offered_by_the_script_alone(resident):
    html = resident.get(PAGE).content.decode()
    assert html.count('<li data-speak hidden><button type="button">朗读本页</button></li>') == 2
    assert "js/speak" in html


# --- Elder mode: fewer things on a page -----------------------------------------------------------------------------


@pytest.mark.parametrize(("usual", "elder", "shown"), [(4, False, 4), (4, True, 2), (1, True, 1)])
def test_a_list_in_elder_mode_is_half_as_long(resident, monkeypatch, usual, elder, shown):
    monkeypatch.setattr("demands.views.publishing.PER_PAGE", usual)
    for _number in range(5):
        factories.demand(public=True)
    resident.cookies.load({"elder": "1" if elder else "0"})
    response = resident.get("/demands/")
    assert len(response.context["items"]) == shown
    assert response.context["page"].paginator.count == 5


def test_what_a_list_leaves_to_its_next_page_is_reached_in_elder_mode(resident, monkeypatch):
    monkeypatch.setattr("demands.views.publishing.PER_PAGE", 4)
    every = {factories.demand(public=True).ref for _number in range(5)}
    resident.cookies.load({"elder": "1"})
    seen = [item.ref for page in (1, 2, 3) for item in resident.get(f"/demands/?page={page}").context["items"]]
    assert (len(seen), set(seen)) == (5, every)


# --- Footer and map of the site -------------------------------------------------------------------------------------

# The lines of the footer: field, value and text.
LINES = {
    "organiser": ("湖东街道联络委", "主办单位"),
    "phone": ("027-80000000", "联系电话"),
    "hours": ("工作日 9:00–17:00", "办公时间"),
    "email": ("office@portal.example", "电子邮箱"),
    "address": ("桂花路 1 号", "地址"),
    "icp_record": ("鄂ICP备00000000号", "鄂ICP备00000000号"),
    "police_record": ("鄂公网安备 00000000000000 号", "鄂公网安备 00000000000000 号"),
    "site_code": ("0000000000", "网站标识码 0000000000"),
    "institution_mark_url": ("https://mark.example/0000", "党政机关标识"),
    "report_errors_url": ("https://errors.example/0000", "网站找错"),
}


@pytest.mark.parametrize("field", LINES)
def test_a_line_of_the_footer_is_there_where_it_was_entered(resident, field):
    value, words_of_it = LINES[field]
    footer = resident.get(PAGE).content.decode().partition("<footer")[2]
    assert words_of_it not in footer
    Portal.objects.create(pk=1, name="湖东协商", **{field: value})
    forget_all()  # as the admin does after an edit
    footer = resident.get(PAGE).content.decode().partition("<footer")[2]
    assert words_of_it in footer
    assert value in footer


def test_the_footer_always_leads_to_what_the_law_asks_for(resident):
    footer = resident.get(PAGE).content.decode().partition("<footer")[2]
    for address in ("/privacy/", "/accessibility/", "/sitemap/"):
        assert f'href="{address}"' in footer


def test_the_map_of_the_site_leads_everywhere_the_header_and_footer_lead(resident):
    factories.demand(public=True)
    frame = resident.get(PAGE).content.decode()
    page = resident.get("/sitemap/")
    main = page.content.decode().partition("<main")[2].partition("</main>")[0]
    # Without the toolbar's links, files and the current page.
    led = {path for path in re.findall(r'href="(/[^"#?]*)"', frame) if not path.startswith(("/static/", "/site."))}
    listed = re.findall(r'href="(/[^"]*)"', main)
    assert led - {"/preferences/", "/sitemap/"} <= set(listed)
    assert len(listed) == len(set(listed))
    assert "大家提出的需求" in words(page)
    for address in listed:
        assert resident.get(address).status_code == 200, address
