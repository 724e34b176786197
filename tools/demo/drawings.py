"""Drawings instead of photos: of venues by their kind, of meetings by their series, of projects by their subject.

They are drawn by `docs/drawings/demo.py`, without real houses, faces or words, and come in through the same services as
the photos of staff.
"""

from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile

from consultation.models import Event, Picture, Project, Venue, VenueKind
from consultation.models.pictures import Moment
from consultation.services import pictures
from foundation.actors import SYSTEM
from foundation.uploads import PhotoReview

FOLDER = Path(__file__).parent / "drawn"
# Drawing → what it shows.
ALTS = {
    "members-home": "湖边的委员之家，门前一棵大樟树",
    "deliberation-home": "议事之家里，八个人围着长桌商量事情",
    "consultation-studio": "协商工作室里，两个人隔着桌子谈话，墙边是书架",
    "cloud-station": "小区门口的云端工作站，牌子上有二维码",
    "under-the-tree": "湖边大树下，十来个人围坐一圈商量事情",
    "lecture": "讲堂里，一个人在幕布前讲，几排人坐着听",
    "study": "五个人坐在长桌后看学习材料",
    "exhibition": "展厅里一排展板，有人在看，有人在讲",
    "market": "街上的集市，彩旗下三个摊位，街坊在挑东西",
    "school": "教室里，家长带着孩子坐着，老师在黑板前讲",
    "workshop": "几个人围着桌子看电脑，一个人站着讲解",
    "ramp-before": "单元门前只有台阶，轮椅停在台阶下",
    "ramp-after": "单元门前修了坡道和扶手，轮椅正往上走",
    "shed-before": "楼下电动车挤在一起，电线从窗户里拉下来充电",
    "shed-after": "带顶棚的电动车充电位，一排停得整整齐齐",
    "night-street": "晚上的小吃街，店里亮着灯，人们坐在门口吃东西",
    "campus-shop": "校园里的便利店，门口有几个学生",
    "job-centre": "就业服务中心的柜台，工作人员在给来人介绍岗位",
    "benefit-street": "一条公益主题的街，树下长椅上有人歇脚",
    "life-circle": "小区四周一刻钟走得到的地方：菜店、诊所、学堂、小吃店",
}
OF_KIND = {
    VenueKind.MEMBERS_HOME: "members-home",
    VenueKind.DELIBERATION_HOME: "deliberation-home",
    VenueKind.CONSULTATION_STUDIO: "consultation-studio",
    VenueKind.CLOUD_STATION: "cloud-station",
}
STATIONS = 2  # there are dozens, all alike
OF_SERIES = {
    "monthly-talk": "under-the-tree",
    "quarterly-lecture": "lecture",
    "annual-showcase": "exhibition",
    "family-and-school": "school",
    "neighbours-festival": "market",
    "consumption-festival": "market",
    "members-monthly-talk": "deliberation-home",
    "members-studio": "consultation-studio",
    "business-environment": "workshop",
    "culture-and-education": "study",
}
# Where the platform meets elsewhere than its series.
OF_PLATFORM = {
    "household-council": "deliberation-home",
    "compound-governance-talk": "consultation-studio",
}
# A word of a project's title → its drawings, the first of them of before where there are two.
OF_PROJECT = {
    "无障碍": ("ramp-before", "ramp-after"),
    "充电棚": ("shed-before", "shed-after"),
    "校园": ("campus-shop",),
    "创业就业": ("job-centre",),
    "公益街": ("benefit-street",),
    "消费节": ("market",),
    "三圈两线": ("night-street",),
    "便民生活圈": ("life-circle",),
}


def add() -> None:
    """Add the drawings once everything else is committed, since files cannot be rolled back."""
    for name, owner in (*_venues(), *_events()):
        _add(name, **owner)
    for project in Project.objects.all():
        names = next((names for word, names in OF_PROJECT.items() if word in project.title), ())
        for name, moment in zip(names, Moment.values if len(names) > 1 else [""], strict=False):
            _add(name, project=project, moment=moment)
    Picture.objects.update(is_demo=True)


def _venues():
    venues = Venue.objects.filter(is_open=True).order_by("pk")
    for kind, name in OF_KIND.items():
        of_kind = venues.filter(kind=kind)[: STATIONS if kind == VenueKind.CLOUD_STATION else None]
        yield from ((name, {"venue": venue}) for venue in of_kind)


def _events():
    """The latest event of each series, and of each platform."""
    latest = {}
    for event in Event.objects.past().select_related("series", "platform"):
        latest.setdefault(("series", event.series_id), event)
        latest.setdefault(("platform", event.platform_id), event)
    chosen = {event.pk: event for event in latest.values() if event.series and event.series.code in OF_SERIES}
    for event in chosen.values():
        of_platform = OF_PLATFORM.get(event.platform.slug) if event.platform else None
        yield of_platform or OF_SERIES[event.series.code], {"event": event}
    # One waits for its review.
    waiting = Event.objects.awaiting_minutes().first()
    if waiting:
        _upload("under-the-tree", event=waiting)


def _add(name: str, *, moment: str = "", **owner) -> None:
    pictures.review(_upload(name, **owner), PhotoReview.APPROVED, actor=SYSTEM, moment=moment)


def _upload(name: str, **owner) -> Picture:
    file = SimpleUploadedFile(f"{name}.webp", (FOLDER / f"{name}.webp").read_bytes(), "image/webp")
    return pictures.add(file, f"示意图：{ALTS[name]}", actor=SYSTEM, **owner)
