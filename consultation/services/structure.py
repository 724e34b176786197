"""The sheets of areas, venues, platforms, partners and series in the workbook that sets up a subdistrict."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from foundation.sheets import Row, key
from foundation.structure_columns import StructureColumn
from foundation.structure_sheets import StructureSheet
from foundation.structure_work import Change, Names, Work

from ..models import (
    VENUE_LEVEL,
    Area,
    AreaLevel,
    Cadence,
    Organisation,
    Platform,
    Series,
    SeriesKind,
    Slot,
    Venue,
    VenueKind,
    places,
)
from ..models.venues import RESERVED_SLUGS
from ..sheets import structure as columns
from ..sheets import structure_examples as examples
from .venues import new_code

AREAS = gettext_lazy("社区、小区")

# --- Areas -----------------------------------------------------------------------------------------------------------


def read_areas(work: Work) -> dict[int, Area]:
    """Every area with its parents, and the names of those within reach; read once an import."""
    if "areas" not in work.known:
        areas = {area.pk: area for area in work.locked(Area.objects.order_by("level", "order", "pk"))}
        for area in areas.values():
            if area.parent_id:
                area.parent = areas[area.parent_id]
        if not work.is_everywhere:
            places.forget_areas_of(work.actor)
        work.known |= {"areas": areas, "area_codes": {area.code for area in areas.values()}}
        reach = areas if work.is_everywhere else places.areas_of(work.actor)
        work.known["reach"] = [area for pk, area in areas.items() if pk in reach]
        names = area_names(work)
        for area in work.known["reach"]:
            names.add(area, *names_of_area(area))
    return work.known["areas"]


def area_names(work: Work) -> Names:
    return work.names_of("areas", AREAS)


def names_of_area(area: Area) -> list[str]:
    full = f"{area.parent.name} · {area.name}" if area.level == AreaLevel.COMPOUND else ""
    return [area.name, full, area.name_en, area.place, area.code]


def is_inside(area: Area, home: Area) -> bool:
    return area == home or (area.parent is not None and is_inside(area.parent, home))


def home_of(work: Work) -> Area:
    """The subdistrict of rows that name none. Raises `ValidationError` where none was chosen."""
    if work.home is None:
        raise ValidationError(_("没有填写，上传时也没有选择街道。"))
    return read_areas(work)[work.home.pk]


def attach_areas(rows: list, work: Work) -> list:
    areas = read_areas(work)
    for row in rows:
        row.area = areas[row.area_id]
    return rows


class AreaSheet(StructureSheet):
    """Areas of one level."""

    model = Area
    permissions = ("consultation.add_area", "consultation.change_area")
    code = "code"
    natural = ("parent", "name")
    names_in, names_title = "areas", AREAS
    level: AreaLevel

    def existing(self, work: Work) -> list[Area]:
        read_areas(work)
        return [area for area in work.known["reach"] if area.level == self.level]

    def codes_elsewhere(self, work: Work) -> set[str]:
        return work.known["area_codes"] - {area.code for area in self.rows_now}

    def names_of(self, row: Area) -> list[str]:
        return names_of_area(row)

    def default(self, column: StructureColumn, work: Work) -> Area:
        return home_of(work)

    def place(self, row: Area) -> str:
        return row.parent.place

    def check(self, change: Change, work: Work) -> None:
        area = change.obj
        work.known["area_codes"].add(area.code)
        if area.parent.level != self.level - 1:
            upper = AreaLevel(self.level - 1).label
            change.row.refuse("parent", _("上级必须是%(level)s。") % {"level": upper})

    def _filled(self, obj: Area, row: Row, work: Work) -> Area:
        obj.level = self.level
        return super()._filled(obj, row, work)


class Communities(AreaSheet):
    name = "communities"
    title = pgettext_lazy("sheet", "社区")
    about = gettext_lazy("街道下的社区。请先填这一张：小区、阵地和单位都要写明在哪个社区。")
    columns = columns.COMMUNITIES
    examples = examples.COMMUNITIES
    level = AreaLevel.COMMUNITY


class Compounds(AreaSheet):
    name = "compounds"
    title = pgettext_lazy("sheet", "小区")
    about = gettext_lazy("社区下的小区，居民提交需求时从中选择。")
    columns = columns.COMPOUNDS
    examples = examples.COMPOUNDS
    level = AreaLevel.COMPOUND


# --- Venues and platforms --------------------------------------------------------------------------------------------


class Venues(StructureSheet):
    name = "venues"
    title = pgettext_lazy("sheet", "阵地")
    also = ("议事点",)
    about = gettext_lazy("三级四类工作阵地：街道的政协委员之家，社区的协商议事之家和协商工作室，小区云端工作站。")
    model = Venue
    permissions = ("consultation.add_venue", "consultation.change_venue")
    columns = columns.VENUES
    examples = examples.VENUES
    code = "slug"
    natural = ("area", "name")

    def existing(self, work: Work) -> list[Venue]:
        everywhere = dict(Venue.objects.values_list("slug", "code"))
        rows = attach_areas(list(work.rows(Venue)), work)
        self.slugs, self.qr_codes = set(everywhere), set(everywhere.values())
        # No set: compounds of this file have no key yet, and so no hash.
        self.stations = [row.area for row in rows if row.kind == VenueKind.CLOUD_STATION]
        return rows

    def codes_elsewhere(self, work: Work) -> set[str]:
        return self.slugs - {row.slug for row in self.rows_now} | set(RESERVED_SLUGS)

    def place(self, row: Venue) -> str:
        return row.area.place

    def check(self, change: Change, work: Work) -> None:
        venue, row = change.obj, change.row
        level = VENUE_LEVEL[VenueKind(venue.kind)]
        if venue.area.level != level:
            shown = {"kind": venue.get_kind_display(), "level": level.label}
            row.refuse("area", _("%(kind)s只能设在%(level)s一级。") % shown)
        self._check_coordinates(venue, row)
        if change.is_new:
            self._check_code(change)
            self._check_station(venue, row)

    def _check_coordinates(self, venue: Venue, row: Row) -> None:
        point = venue.latitude, venue.longitude
        if None in point and point != (None, None):
            row.refuse("latitude" if point[0] is None else "longitude", _("经度和纬度须同时填写。"))
        elif None not in point and not (3 <= point[0] <= 54 and 73 <= point[1] <= 136):
            row.refuse("latitude", _("经度和纬度应在中国境内；请核对是否填反。"))

    def _check_code(self, change: Change) -> None:
        venue, row = change.obj, change.row
        venue.code = unicodedata.normalize("NFKC", venue.code).upper()
        if not venue.code:
            change.notes.append(_("二维码编号将由系统生成"))
        elif not re.fullmatch("[0-9A-Z]{1,12}", venue.code):
            row.refuse("code", _("二维码编号只能用大写字母和数字。"))
        elif venue.code in self.qr_codes:
            row.refuse("code", _("二维码编号“%(code)s”已被使用，请换一个。") % {"code": venue.code})
        self.qr_codes.add(venue.code)

    def _check_station(self, venue: Venue, row: Row) -> None:
        if venue.kind != VenueKind.CLOUD_STATION:
            return
        if venue.area in self.stations:
            row.refuse("area", _("每个小区只设一个云端工作站。"))
        self.stations.append(venue.area)

    def before_write(self, change: Change, work: Work) -> None:
        change.obj.code = change.obj.code or new_code()


class Platforms(StructureSheet):
    name = "platforms"
    title = pgettext_lazy("sheet", "平台")
    also = ("议事平台",)
    about = gettext_lazy("特色议事平台，各有名称、议事的方式和常驻的阵地。")
    model = Platform
    permissions = ("consultation.add_platform", "consultation.change_platform")
    columns = columns.PLATFORMS
    examples = examples.PLATFORMS
    code = "slug"

    def existing(self, work: Work) -> list[Platform]:
        self.slugs = set(Platform.objects.values_list("slug", flat=True))
        return list(work.rows(Platform).select_related("venue"))

    def codes_elsewhere(self, work: Work) -> set[str]:
        return self.slugs - {row.slug for row in self.rows_now}

    def place(self, row: Platform) -> str:
        return str(row.venue)


# --- Partners --------------------------------------------------------------------------------------------------------


class Organisations(StructureSheet):
    name = "organisations"
    title = pgettext_lazy("sheet", "单位")
    also = ("合作单位",)
    about = gettext_lazy("参与协商的单位，即政企社媒校五方。")
    model = Organisation
    permissions = ("consultation.add_organisation", "consultation.change_organisation")
    columns = columns.ORGANISATIONS
    examples = examples.ORGANISATIONS
    natural = ("area", "name")

    def existing(self, work: Work) -> list[Organisation]:
        return attach_areas(list(work.rows(Organisation).select_related("contact")), work)

    def start(self, work: Work) -> None:
        self.by_plain_name: dict[str, list[Organisation]] = {}
        super().start(work)

    def _index(self, row: Organisation) -> None:
        super()._index(row)
        self.by_plain_name.setdefault(key(row.name), []).append(row)

    def default(self, column: StructureColumn, work: Work) -> Area:
        return home_of(work)

    def place(self, row: Organisation) -> str:
        return row.area.place

    def candidates(self, wanted: Organisation, row: Row, work: Work) -> list[Organisation]:
        """Without an area, the one of this name in the chosen area or below is meant."""
        if row.values.get("area"):
            return super().candidates(wanted, row, work)
        found = self.by_plain_name.get(key(wanted.name), [])
        return [one for one in found if is_inside(one.area, wanted.area)]

    def check(self, change: Change, work: Work) -> None:
        organisation, row = change.obj, change.row
        if not row.values.get("cooperation_since") or organisation.has_agreement:
            if organisation.cooperation_since and not organisation.has_agreement:
                row.refuse("has_agreement", _("有合作开始日期的单位签有协议，不能填“否”。"))
            return
        if row.values.get("has_agreement") is False:
            row.refuse("has_agreement", _("有合作开始日期的单位签有协议，不能填“否”。"))
        organisation.has_agreement = True
        change.fields.add("has_agreement")


# --- Series ----------------------------------------------------------------------------------------------------------


class SeriesSheet(StructureSheet):
    name = "series"
    title = pgettext_lazy("sheet", "系列")
    about = gettext_lazy("活动系列：周周学、月月谈等工作机制，和不定期的主题活动。")
    model = Series
    permissions = ("consultation.add_series", "consultation.change_series")
    columns = columns.SERIES
    examples = examples.SERIES
    code = "code"
    natural = ("area", "name")
    # What gives slots their meaning once there are any.
    PLANNED = ("cadence", "by_venue")

    def existing(self, work: Work) -> list[Series]:
        planned = Exists(Slot.objects.filter(series=OuterRef("pk")))
        return attach_areas(list(work.rows(Series).annotate(is_planned=planned)), work)

    def code_key(self, row: Series) -> tuple:
        # A code is that of one area.
        return row.area.pk or id(row.area), row.code

    def default(self, column: StructureColumn, work: Work) -> Area:
        return home_of(work)

    def place(self, row: Series) -> str:
        return row.area.place

    def check(self, change: Change, work: Work) -> None:
        series, row = change.obj, change.row
        if series.kind == SeriesKind.MECHANISM and series.cadence == Cadence.NONE:
            row.refuse("cadence", _("工作机制应有周期：每周、每月、每季度或每年。"))
        if not change.is_new and series.is_planned:
            for name in change.fields & set(self.PLANNED):
                row.refuse(name, _("已经排了日期，这一项不能再改。"))


SHEETS = ((Communities, 10), (Compounds, 20), (Venues, 30), (Platforms, 40), (Organisations, 50), (SeriesSheet, 90))
