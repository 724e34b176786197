"""The header's toolbar: sizes, contrast, 朗读, and a header that fits at every width, size and language."""

import pytest
from playwright.sync_api import Page, expect

from .. import look
from ..conftest import DESK, PHONE

pytestmark = pytest.mark.browser

# A fake speech engine that records what it is given. `finish` ends the current sentence.
SPEAKING = """
  const voices = [
    { lang: "zh-HK", localService: true }, { lang: "zh-CN", localService: false, name: "far away" },
    { lang: "cmn-Hans-CN", localService: true, name: "near" }, { lang: "en_GB", localService: true, name: "English" },
  ];
  const device = Object.assign(new EventTarget(), {
    voices: [], said: [], at: null, speaking: false,
    getVoices: () => device.voices,
    speak(words) {
      device.at = words;
      device.speaking = true;
      device.said.push([words.text, words.voice?.name, words.rate]);
    },
    cancel() {
      const { at } = device;
      device.at = null;
      device.speaking = false;
      at?.onerror({ error: "canceled" });
    },
    arrive() { device.voices = voices; device.dispatchEvent(new Event("voiceschanged")); },
    finish() { const { at } = device; device.at = null; device.speaking = false; at.onend(); },
  });
  Object.defineProperty(window, "speechSynthesis", { value: device });
  window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""
MUTE = "Object.defineProperty(window, 'speechSynthesis', { value: undefined })"

MAIN = """
<nav><p>不读的导航</p></nav>
<h1>路灯<b>修好</b>了</h1>
<p>周一报修，周三修好。谢谢！ <span lang="en">Thank you. It works</span></p>
<p hidden>藏着的</p><p class="print-only">只在纸上的</p><p aria-hidden="true">不给听的</p>
<ul><li>第一处 · 听荷苑</li><li>第二处</li></ul>
<form><label>您的电话<input value="13800000000"></label><button>提交</button></form>
<form><label>补充<textarea>正在写的</textarea></label></form>
<table><caption>三月的路灯</caption><tbody><tr><td>不读的格子</td></tr></tbody></table>
<details><summary>更多</summary><p>还没打开的</p></details>
<dl><dt>办结</dt><dd>周三</dd></dl>
"""
NEAR, ENGLISH = "near", "English"
READ = [
    ["路灯修好了", NEAR],
    ["周一报修，周三修好。", NEAR],
    ["谢谢！", NEAR],
    ["Thank you.", ENGLISH],
    ["It works", ENGLISH],
    ["第一处，听荷苑", NEAR],
    ["第二处", NEAR],
    ["您的电话", NEAR],
    ["补充", NEAR],
    ["三月的路灯", NEAR],
    ["更多", NEAR],
    ["办结", NEAR],
    ["周三", NEAR],
]


def said(page: Page) -> list:
    return page.evaluate("speechSynthesis.said")


def test_a_page_is_read_aloud_paused_and_stopped(portal, window):
    page = window(DESK)
    page.add_init_script(SPEAKING)
    page.goto("/sitemap/")
    button, bar = page.locator(".strip [data-speak] button"), page.locator(".speak-bar")
    expect(button).to_be_hidden()
    page.evaluate("speechSynthesis.arrive()")
    expect(button).to_have_text("朗读本页")
    assert not look.everything(page)
    page.locator("main").evaluate("(main, html) => { main.innerHTML = html }", MAIN)

    button.click()
    expect(bar.get_by_role("status")).to_have_text("正在朗读本页。")
    expect(bar.get_by_role("button")).to_have_text(["暂停", "停止"])
    expect(button).to_have_text("停止朗读")
    assert not look.violations(page)
    page.evaluate("speechSynthesis.finish()")
    # After a pause, reading continues with the interrupted sentence.
    page.keyboard.press("Enter")
    expect(bar.get_by_role("status")).to_have_text("朗读已暂停。")
    assert page.evaluate("speechSynthesis.at") is None
    page.keyboard.press("Enter")
    expect(bar.get_by_role("status")).to_have_text("正在朗读本页。")
    for _sentence in READ[1:]:
        page.evaluate("speechSynthesis.finish()")
    expect(bar.get_by_role("status")).to_have_text("本页朗读完毕。")
    expect(bar.get_by_role("button", include_hidden=True).first).to_be_hidden()
    expect(button).to_be_focused()
    assert said(page) == [[*words, 1] for words in (READ[0], READ[1], *READ[1:])]

    button.click()
    bar.get_by_role("button", name="停止").click()
    assert page.evaluate("speechSynthesis.at") is None
    expect(button).to_have_text("朗读本页")
    # If the device fails, a message appears until it is dismissed.
    button.click()
    page.evaluate("speechSynthesis.at.onerror({ error: 'synthesis-failed' })")
    expect(bar.get_by_role("status")).to_have_text("本设备无法朗读，已停止。")
    expect(bar.get_by_role("button")).to_have_text(["停止"])
    bar.get_by_role("button", name="停止").click()
    expect(bar.get_by_role("button")).to_have_count(0)
    # Reading stops when the reader leaves.
    button.click()
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    assert page.evaluate("speechSynthesis.at") is None


def test_in_elder_mode_slower_in_english_by_an_english_voice_and_from_the_menu(portal, window):
    page = window(PHONE, elder=True, language="en")
    page.add_init_script(SPEAKING)
    page.goto("/sitemap/")
    page.evaluate("speechSynthesis.arrive()")
    menu = page.locator(".folded > summary")
    menu.click()
    page.locator("main").evaluate("main => { main.innerHTML = `<h1>${'Word after word, '.repeat(20)}</h1>` }")
    page.locator(".folded [data-speak] button").click()
    # The menu is closed, the text being read is not covered, and no piece is too long for the speech engine.
    expect(page.locator(".unfolded")).to_be_hidden()
    assert not look.everything(page, "en")
    page.evaluate("speechSynthesis.finish()")
    first, second = said(page)
    assert first[1:] == second[1:] == [ENGLISH, 0.85]
    assert max(len(first[0]), len(second[0])) <= 180
    assert f"{first[0]} {second[0]}" == ("Word after word, " * 20).strip()
    page.locator(".speak-bar button").last.click()
    expect(menu).to_be_focused()


def test_a_device_that_cannot_speak_is_offered_nothing(portal, window):
    page = window(DESK)
    page.add_init_script(MUTE)
    page.goto("/sitemap/")
    page.wait_for_load_state()
    expect(page.locator("[data-speak]").locator("visible=true")).to_have_count(0)
    expect(page.locator(".speak-bar")).to_have_count(0)


# Widths of a desktop at 400 %, of phones, a tablet and a desktop. Whatever is chosen, nothing is outside the window,
# and the main parts are visible: the actions, and either the menu or the toolbar.
WIDTHS = (320, 360, 390, 768, 1280)
SIZES = {
    "elder=0&text=standard": "17px",
    "elder=0&text=largest": "23px",
    "elder=1&text=standard": "22px",
    "elder=1&text=largest": "28px",
}
IN_SIGHT = """
() => [".doors a", ".folded > summary, .strip .tools"]
  .map(found => [...document.querySelectorAll(found)].filter(node => node.checkVisibility()).length)
"""


def test_the_header_fits_at_every_width_size_and_language(portal, window):
    page, found = window(DESK), []
    for language in ("zh-hans", "en"):
        for size, pixels in SIZES.items():
            page.goto(f"/preferences/?lang={language}&{size}&next=/sitemap/")
            doors = 3 if size.startswith("elder=1") else 2  # the elder version has a call button too
            assert page.evaluate("getComputedStyle(document.body).fontSize") == pixels
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                assert page.evaluate(IN_SIGHT) == [doors, 1], f"{width} {language} {size}"
                found += [f"{width} {language} {size}: {wide}" for wide in look.sideways(page)]
    assert not found, "\n".join(found)


COLOURS = """
() => [...document.querySelectorAll("body, .top, .foot, main a")]
  .map(node => getComputedStyle(node)).map(style => [style.color, style.backgroundColor])
"""


def test_more_contrast_is_the_same_by_the_systems_wish_and_by_choice(portal, window):
    page = window(DESK)
    switch = page.locator(".strip .contrast-switch a")
    page.goto("/sitemap/")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        calm = page.evaluate(COLOURS)
        page.emulate_media(contrast="more")
        wished = page.evaluate(COLOURS)
        # If the system requests it already, there is nothing to switch on.
        expect(switch).to_be_hidden()
        page.emulate_media(contrast="no-preference")
        switch.click()
        expect(switch).to_have_text("普通对比度")
        assert page.evaluate(COLOURS) == wished != calm
        switch.click()
        expect(switch).to_have_text("高对比度")
