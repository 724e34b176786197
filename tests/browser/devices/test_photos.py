"""A chosen photo is shown, scaled down, and can be removed; what the server would refuse is refused at once."""

import io
import json
import random
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from demands.models import Demand
from tests import factories

from ..conftest import DESK, PHONE
from ..look import everything

pytestmark = pytest.mark.browser


def photo(name: str, kind: str, content: bytes) -> dict:
    return {"name": name, "mimeType": kind, "buffer": content}


def noisy(side: int) -> bytes:
    """A JPEG as large as one from a phone, of noise, which does not compress."""
    output = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(7).randbytes(side * side * 3)).save(output, "JPEG")
    return output.getvalue()


def test_shown_made_smaller_refused_and_taken_away(portal, window, picture):
    factories.category()
    factories.tree()
    page = window(PHONE)
    page.goto("/demands/new/")
    page.get_by_label("发生了什么事").fill("路灯坏了")
    expect(page.get_by_role("status").filter(has_text="草稿已保存在本设备")).to_be_visible()
    # The phone closes the page meanwhile; the values from the QR code stay.
    page.goto("about:blank")
    page.goto("/demands/new/")
    expect(page.get_by_label("发生了什么事")).to_have_value("路灯坏了")
    page.get_by_label("属于哪一类").select_option(label="环境卫生")
    page.get_by_label("在哪个小区").select_option(label="桂花苑")

    field = page.locator("#id_photos")
    # What is chosen one time after the other is collected: from the camera, then from the album.
    field.set_input_files(photo("big.jpg", "image/jpeg", noisy(2600)))
    expect(page.get_by_role("img", name="预览：big.jpg")).to_be_visible()
    expect(page.get_by_text(re.compile(r"big\.jpg，已从 [\d.]+ MB 压缩到 [\d.]+ MB"))).to_have_count(2)
    # This browser cannot open HEIC, so it is uploaded as it is.
    field.set_input_files([photo("here.heic", "", b"ftypheic" * 200), photo("cat.gif", "image/gif", b"GIF89a" * 20)])
    expect(page.get_by_text("here.heic，2 KB · 无法预览，可以照常提交").first).to_be_visible()
    expect(page.locator("#id_photos_error")).to_have_text(
        "错误：cat.gif：这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。"
    )
    expect(field).to_have_attribute("aria-invalid", "true")
    picture(page, "photos chosen")
    assert not everything(page)
    field.set_input_files([photo(f"{number}.heic", "", b"ftypheic" * 300) for number in (1, 2)])
    expect(page.locator("#id_photos_error")).to_have_text("错误：最多 3 张照片，超出的没有选择。")
    expect(page.locator(".choose").first).to_be_hidden()
    assert field.evaluate("field => [...field.files].map(file => file.name)") == ["big.jpg", "here.heic", "1.heic"]

    for name in ("here.heic", "1.heic"):
        page.get_by_role("button", name=re.compile(rf"移除\s*{name}")).tap()
        expect(page.locator("[data-photo-said]")).to_have_text(f"已移除 {name}")
    expect(field).to_be_focused()
    assert field.evaluate("field => field.files.length") == 1
    # Without network the page stays, with the photo.
    page.context.set_offline(True)
    page.get_by_role("button", name="下一步", exact=True).tap()
    expect(page.get_by_role("status").filter(has_text="没有网络，内容已保存，联网后请再提交。")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="下一步", exact=True).tap()
    # How to reach somebody is kept only where it cannot be sent, and beside what is kept already.
    page.get_by_label("手机或座机").fill("13912345678")
    assert "13912345678" not in page.evaluate("localStorage['draft:need']")
    page.get_by_label("我已满 14 周岁").check()
    page.context.set_offline(True)
    page.get_by_role("button", name="下一步", exact=True).tap()
    expect(page.get_by_role("status").filter(has_text="没有网络，内容已保存，联网后请再提交。")).to_be_visible()
    assert {"路灯坏了", "13912345678"} <= set(
        json.loads(page.evaluate("localStorage['draft:need']"))["values"].values()
    )
    page.context.set_offline(False)
    page.get_by_role("button", name="下一步", exact=True).tap()
    page.get_by_role("button", name="提交", exact=True).tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("需求已收到")
    kept = Demand.objects.get().photos.get()
    assert (kept.width, kept.height) == (2048, 2048)
    # After submission the draft is deleted.
    assert page.evaluate("Object.keys(localStorage)") == []


@pytest.mark.parametrize(("width", "language"), [(PHONE, "en"), (DESK, "zh-hans")])
def test_the_page_of_all_parts_is_without_fault(portal, window, settings, width, language):
    settings.DEBUG = True
    page = window(width, language=language)
    page.goto("/design/")
    assert not everything(page, language)
