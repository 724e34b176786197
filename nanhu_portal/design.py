"""`/design/`: the components of pages, in all their states. For developers, so available only with DEBUG.

The page, `docs/design.html`, includes the portal's real partials, with forms that were really validated, and with plain
values instead of rows. It makes no queries.
"""

import datetime
import re
from types import SimpleNamespace

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404, HttpResponse
from django.template import engines
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consultation.models import SlotState
from consultation.workflow import AgreementStatus, EventStatus
from demands.selectors.chain import DONE, ENDED, NOW, SHORT, SKIPPED, TODO, Station
from demands.selectors.deadlines import overdue
from demands.selectors.timeline import Entry
from demands.workflow import SETTLED, DemandStatus
from foundation.forms import PhoneField, PhotoField, PlainForm, TextField
from foundation.paging import CappedPaginator
from foundation.states import Tone

from .figures import Figure, Panel

PAGE = settings.BASE_DIR / "docs" / "design.html"
TOKENS = settings.BASE_DIR / "static" / "css" / "tokens.css"
MODES = ("by-day", "by-night", "day-more", "night-more")
SURFACES = ("paper", "wash", "sheet", "deep", "deep-2", "deep-3")
# Text and background colours: contrast of at least 4.5, or 7 with more contrast.
WORDS = (
    ("ink", "paper"),
    ("ink", "wash"),
    ("ink-2", "paper"),
    ("ink-2", "wash"),
    ("lake", "paper"),
    ("lake-ink", "lake-tint"),
    ("camphor-ink", "camphor-tint"),
    ("plum-ink", "paper"),
    ("plum-ink", "plum-tint"),
    ("amber-ink", "amber-tint"),
    ("on-deep", "deep"),
    ("on-deep-2", "deep"),
    ("on-deep", "deep-3"),
    ("on-vermilion", "vermilion"),
    ("on-plum", "plum"),
    ("on-plum", "plum-deep"),
    ("on-camphor", "camphor"),
)
# Borders and shapes with a meaning: contrast of at least 3.
SHAPES = (("edge", "paper"), ("edge", "sheet"), ("lake", "sheet"), ("camphor", "paper"), ("amber", "paper"))
# --- Colours ---------------------------------------------------------------------------------------------------------


def colours(css: str) -> dict[str, tuple[str, str, str, str]]:
    """The colours of tokens.css by name: day, night, day with more contrast, night with more contrast."""
    found = {}
    for name, value in re.findall(r"^ +--([a-z0-9-]+): ([^;]+);", css, re.MULTILINE):
        if re.fullmatch(r"#[0-9a-f]{3}|#[0-9a-f]{6}", value):
            found[name] = (value,) * len(MODES)
        elif len(by_mode := dict(re.findall(r"var\(--([a-z-]+), (#[0-9a-f]+)\)", value))) == len(MODES):
            found[name] = tuple(by_mode[mode] for mode in MODES)
    return found


def luminance(colour: str) -> float:
    """Relative luminance of a colour like #0a3f4c or #fff (WCAG 2.2)."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    parts = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _measured(known: dict, pairs: tuple, least: tuple[float, float]) -> list[dict]:
    """`least`: the ratio required normally, and with more contrast."""
    rows = []
    for front, back in pairs:
        ratios = [contrast(*pair) for pair in zip(known[front], known[back], strict=True)]
        needed = (least[0], least[0], least[1], least[1])
        measured = [(f"{ratio:.1f}", ratio >= least) for ratio, least in zip(ratios, needed, strict=True)]
        rows.append({"front": front, "back": back, "ratios": measured})
    return rows


# --- Forms -----------------------------------------------------------------------------------------------------------


class SampleForm(PlainForm):
    """A question of each kind."""

    text = TextField(label=gettext_lazy("怎样称呼您？"), max_length=20)
    hinted = TextField(
        label=gettext_lazy("具体位置"), help_text=gettext_lazy("例如：3 号门外公交站旁"), max_length=100, required=False
    )
    lines = TextField(
        label=gettext_lazy("发生了什么事，希望怎样解决？"), lines=True, missing=gettext_lazy("请填写发生了什么事")
    )
    phone = PhoneField(label=gettext_lazy("手机或座机"), required=False)
    choice = forms.ChoiceField(
        label=gettext_lazy("属于哪一类？"),
        choices=[("", gettext_lazy("请选择")), *DemandStatus.choices],
        error_messages={"required": gettext_lazy("请选择类别，不确定的请选“其他”")},
    )
    radio = forms.ChoiceField(
        label=gettext_lazy("对办理结果"),
        choices=[(1, gettext_lazy("满意")), (2, gettext_lazy("不满意"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择对办理结果的评价")},
    )
    several = forms.MultipleChoiceField(
        label=gettext_lazy("服务区域"),
        choices=[(1, gettext_lazy("居民")), (2, gettext_lazy("委员"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=gettext_lazy("不选表示服务全街道。"),
    )
    photo = PhotoField(label=gettext_lazy("照片"))
    tick = forms.BooleanField(
        label=gettext_lazy("同意为这场活动使用以上信息"),
        help_text=gettext_lazy("只用来告诉您这场活动的报名、变动和提醒，活动结束 30 天后删除；取消报名的马上删除。"),
        error_messages={"required": gettext_lazy("您同意使用信息后，才能报名")},
    )
    disabled = TextField(label=gettext_lazy("编号"), disabled=True, required=False)


def _filled() -> SampleForm:
    given = {
        "text": "王女士",
        "hinted": "3 号门外",
        "lines": "路灯坏了。",
        "phone": "139 1234 5678",
        "choice": "received",
    }
    return SampleForm(initial=given | {"radio": 1, "several": [2], "tick": True, "disabled": "XX-2026-00042"})


def _wrong() -> SampleForm:
    photo = SimpleUploadedFile("letter.txt", b"no photo", "text/plain")
    form = SampleForm({"bad-text": "王" * 21, "bad-phone": "139 1234"}, {"bad-photo": photo}, prefix="bad")
    form.add_error("photo", _("这不是能识别的照片，请选择 JPEG、PNG、WebP 或 HEIC 格式。"))
    return form


class SampleFilter(PlainForm):
    q = forms.CharField(label=gettext_lazy("关键词"), required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("进度"), choices=[("", gettext_lazy("全部")), *DemandStatus.choices], required=False
    )


# --- Rows ------------------------------------------------------------------------------------------------------------


def _stations(day: datetime.date) -> list[Station]:
    """The chain with a station in each state, and with everything a station may show."""
    agreement = SimpleNamespace(
        number=1,
        anchor="agreement-1",
        event_id=1,
        status=AgreementStatus.DONE,
        get_status_display=AgreementStatus.DONE.label,
        what="装防眩光灯，晚九点自动熄灭",
        owner="街道公共管理办公室",
        due_on=day,
        baseline="天黑后不能用",
        target="照亮全场，不扰周边住户",
        outcome="装灯 4 盏",
        evidence="楼栋长走访记录",
        measured_on=day,
    )
    states = (DONE, SKIPPED, DONE, ENDED, NOW, TODO)
    names = zip(SHORT.items(), states, strict=True)
    return [
        Station(
            key,
            label,
            state,
            when=None if state in (SKIPPED, TODO) else day,
            words="已受理" if key == "need" else "",
            agreements=(agreement,) if key == "agreement" else (),
        )
        for (key, label), state in names
    ]


def _row(status: DemandStatus, **more) -> dict:
    """The context of `demands/_row.html`."""
    states = (DONE, DONE, NOW, TODO, TODO, TODO) if status == DemandStatus.IN_PROGRESS else (DONE,) * len(SHORT)
    row = {
        "ref": "XX-2026-00042",
        "title": "3 号门外人行道夜间照明不足",
        "status": status,
        "stations": list(zip(SHORT.values(), states, strict=True)),
        "place": "某社区",
        "category": "设施维修",
        "people": 9,
    }
    return row | more


def _event(now: datetime.datetime) -> SimpleNamespace:
    starts = now.replace(hour=9, minute=30) + datetime.timedelta(days=3)
    ends = starts + datetime.timedelta(hours=2)
    return SimpleNamespace(
        pk=1,
        title="充电桩建在哪里",
        starts_at=starts,
        ends_at=ends,
        where="议事之家",
        places_left=12,
        state=EventStatus.OPEN,
    )


def _line(today: datetime.date) -> SimpleNamespace:
    """A year's slots: one held, one missed, one upcoming."""
    days = (today - datetime.timedelta(days=40), today - datetime.timedelta(days=9), today + datetime.timedelta(days=5))
    states = (SlotState.HELD, SlotState.MISSED, SlotState.PLANNED)
    slots = [SimpleNamespace(planned_on=day, state=state.value) for day, state in zip(days, states, strict=True)]
    counts = {"due": 3, "held": 1, "missed": 1, "planned": 1}
    return SimpleNamespace(counts=counts, months=[[slot] for slot in slots])


def _timeline(now: datetime.datetime) -> list[Entry]:
    return [
        Entry(now, DemandStatus.IN_PROGRESS.label, "街道公共管理办公室", "灯已订货，下周安装。"),
        Entry(now - datetime.timedelta(days=2), DemandStatus.ACCEPTED.label, "联络委"),
        Entry(now - datetime.timedelta(days=4), DemandStatus.RECEIVED.label, _("居民")),
    ]


def _figure() -> dict:
    """A figure with its table, which `_figure.html` includes as a template."""
    panel = Panel("share", ("share",))
    figure = Figure("收到 20 件，按时答复 18 件。", [panel], "按时答复：在答复期限当天或以前第一次答复的。")
    table = """<div class="table-scroll"><table class="grid"><caption>按时答复</caption>
<thead><tr><th scope="col">月份</th><th scope="col" class="num" data-of="share">按时答复</th></tr></thead>
<tbody><tr><th scope="row">1 月</th><td class="num" data-of="share" data-value="80"><b>80%</b></td></tr>
<tr><th scope="row">2 月</th><td class="num" data-of="share" data-value="100"><b>100%</b></td></tr></tbody>
</table></div>"""
    return {"figure": figure, "rows": engines["django"].from_string(table).template}


@require_safe
def design(request):
    """All components on one page; 404 without DEBUG."""
    if not settings.DEBUG:
        raise Http404
    now, known = timezone.localtime(), colours(TOKENS.read_text())
    context = {
        "modes": MODES,
        "colours": known.items(),
        "words": _measured(known, WORDS, (4.5, 7)),
        "shapes": _measured(known, SHAPES, (3, 3)),
        "filled": _filled(),
        "wrong": _wrong(),
        "kinds": ("info", "success", "warning", "error"),
        "pills": list(Tone),
        "statuses": [*DemandStatus.values, SETTLED],
        "stations": _stations(now.date()),
        "rows_of_demands": [
            _row(DemandStatus.IN_PROGRESS, overdue=overdue(now.date() - datetime.timedelta(days=3))),
            _row(DemandStatus.CONFIRMED, is_demo=True),
        ],
        "event": _event(now),
        "line": _line(now.date()),
        "entries": _timeline(now),
        "filter": SampleFilter({"status": DemandStatus.CONFIRMED}),
        "chosen": [(_("进度"), DemandStatus.CONFIRMED.label, "")],
        "page": CappedPaginator(list(range(200)), 20).page(4),
        "query": "status=confirmed",
        "day": now.date(),
        **_figure(),
    }
    page = engines["django"].from_string(PAGE.read_text())
    return HttpResponse(page.render(context, request))
