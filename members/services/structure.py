"""The sheets of members, accounts of staff and resources in the workbook that sets up a subdistrict."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from consultation.models import Area, AreaLevel, places
from consultation.services.structure import attach_areas, home_of, is_inside, read_areas
from foundation import account_reach, audit, clock
from foundation.accounts import STAFF_ROLES, Role, User
from foundation.audit import AuditAction
from foundation.cached import Cached
from foundation.sheets import Row
from foundation.structure_columns import StructureColumn, code_from
from foundation.structure_sheets import StructureSheet
from foundation.structure_work import Change, Work

from ..models import LiaisonCommittee, Member, Resource, ResourceCategory, Sector
from ..sheets import structure as columns
from ..sheets import structure_examples as examples
from ..workflow import ResourceStatus
from . import accounts, resources
from .accounts import NewAccount

_sectors = Cached(lambda: list(Sector.objects.all()))
_categories = Cached(lambda: list(ResourceCategory.objects.all()))


def usernames(work: Work) -> set[str]:
    """All that are taken, by new accounts of this import too."""
    if "usernames" not in work.known:
        work.known["usernames"] = set(User.objects.values_list("username", flat=True))
    return work.known["usernames"]


def roles_to_give(work: Work) -> list[Role]:
    if "roles" not in work.known:
        work.known["roles"] = account_reach.managed_roles(work.actor)
    return work.known["roles"]


def username_of(member: Member) -> str:
    """The account of a member; one that was closed for good is none."""
    return member.user.username if member.user and member.user.closed_at is None else ""


def read_lists(work: Work, name: str, title: str, rows: Sequence[Model]) -> None:
    names = work.names_of(name, title)
    for row in rows:
        names.add(row, row.name, row.name_en, row.code)


# --- Members ---------------------------------------------------------------------------------------------------------


class Members(StructureSheet):
    name = "members"
    title = pgettext_lazy("sheet", "委员")
    about = gettext_lazy("联络委的委员。姓名、级别和职务会公开，联系方式不公开。")
    model = Member
    permissions = ("members.add_member", "members.change_member")
    columns = columns.MEMBERS
    examples = examples.MEMBERS
    natural = ("committee", "name")

    def start(self, work: Work) -> None:
        self.by_username: dict[str, Member] = {}
        super().start(work)

    def existing(self, work: Work) -> list[Member]:
        read_lists(work, "sectors", _("界别"), _sectors())
        self.committees = self._read_committees(work)
        rows = list(work.rows(Member).select_related("contact", "user", "sector").order_by("order", "pk"))
        for member in rows:
            member.committee = self.committees[member.committee_id]
        return rows

    def _read_committees(self, work: Work) -> dict[int, LiaisonCommittee]:
        found = {row.pk: row for row in attach_areas(list(LiaisonCommittee.objects.order_by("pk")), work)}
        names = work.names_of("committees", _("政协联络委"))
        for row in found.values():
            if row.area in work.known["reach"]:
                names.add(row, row.name, row.name_en, row.area.name, row.area.code)
        return found

    def menu(self, column: StructureColumn) -> Sequence[str] | None:
        return [str(one) for one in _sectors()] if column.name == "sector" else super().menu(column)

    def default(self, column: StructureColumn, work: Work) -> LiaisonCommittee | None:
        if column.name != "committee":
            return None
        home = home_of(work).up_to(AreaLevel.SUBDISTRICT)
        found = next((one for one in self.committees.values() if one.area == home), None)
        if found is None:
            raise ValidationError(_("这个街道还没有联络委，请管理员先建立。"))
        return found

    def names_of(self, row: Member) -> list[str]:
        return [row.name, row.name_en, username_of(row)]

    def place(self, row: Member) -> str:
        return str(row.committee)

    def unstored(self, row: Member, column: StructureColumn) -> str:
        return username_of(row) if column.name == "username" else ""

    def _index(self, row: Member) -> None:
        super()._index(row)
        if username := username_of(row):
            self.by_username[username] = row

    def candidates(self, wanted: Member, row: Row, work: Work) -> list[Member]:
        """A member with this account; else one of this name, who has no other."""
        found, username = super().candidates(wanted, row, work), row.values.get("username")
        if not username:
            return found
        if username in self.by_username:
            return [self.by_username[username]]
        return [member for member in found if not username_of(member)]

    def check(self, change: Change, work: Work) -> None:
        member, row = change.obj, change.row
        username = row.values.get("username", "")
        if username_of(member):
            return
        if not row.values.get("opens_account"):
            if username:
                row.refuse("opens_account", _("“%(name)s”还没有账号。要开通，请填“是”。") % {"name": member})
            return
        if Role.COMMITTEE_MEMBER not in roles_to_give(work):
            row.refuse("opens_account", _("您的账号不能开通委员的账号。"))
        elif not member.is_active:
            row.refuse("opens_account", _("离任的委员不能开通账号。"))
        elif username in usernames(work):
            row.refuse("username", _("账号“%(code)s”已有人使用，请换一个。") % {"code": username})
        else:
            self._open(change, username or self._free_username(member, work), work)

    def _free_username(self, member: Member, work: Work) -> str:
        base, number = code_from(member.name) or "member", 1
        name = base
        while name in usernames(work):
            number += 1
            name = f"{base}{number}"
        return name

    def _open(self, change: Change, username: str, work: Work) -> None:
        usernames(work).add(username)
        change.more["account"] = username
        label = str(self.by_name["opens_account"].label)
        change.shown.append((label, "", username))

    def after_write(self, changes: list[Change], work: Work) -> None:
        """Open the accounts of these members."""
        wanted = [
            NewAccount(
                username=change.more["account"],
                role=Role.COMMITTEE_MEMBER,
                name=change.obj.name,
                member=change.obj,
            )
            for change in changes
            if "account" in change.more
        ]
        if wanted:
            work.opened += accounts.open_accounts(wanted, actor=work.actor)


# --- Accounts --------------------------------------------------------------------------------------------------------


class Accounts(StructureSheet):
    """Accounts of staff below the importer. What they may do is set once, when they are opened."""

    name = "accounts"
    title = pgettext_lazy("sheet", "账号")
    about = gettext_lazy("工作人员的账号。角色和工作范围开通后在账号页面更改，这里不能改。")
    model = User
    permissions = (account_reach.PERMISSION,)
    columns = columns.ACCOUNTS
    examples = examples.ACCOUNTS
    code, code_joint = "username", ""
    taken_words = gettext_lazy("账号“%(code)s”已有人使用，或已停用，或不归您管理，请换一个。")

    def existing(self, work: Work) -> list[User]:
        read_areas(work)
        reach = account_reach.accounts_of(work.actor).filter(is_active=True, is_superuser=False)
        rows = work.locked(reach.order_by("pk")).prefetch_related("groups", "scopes")
        return [row for row in rows if self.role_of(row) in STAFF_ROLES]

    def role_of(self, row: User) -> str:
        return ",".join(group.name for group in row.groups.all())

    def codes_elsewhere(self, work: Work) -> set[str]:
        return usernames(work) - {row.username for row in self.rows_now}

    def names_of(self, row: User) -> list[str]:
        return [row.name, row.username]

    def code_base(self, row: User) -> str:
        return code_from(row.name)

    def pointed(self, row: User, column: StructureColumn) -> list[Area]:
        areas = places.areas()
        return [areas[scope.area_id] for scope in row.scopes.all()] if row.pk else []

    def unstored(self, row: User, column: StructureColumn) -> str:
        return self.role_of(row)

    def check(self, change: Change, work: Work) -> None:
        account, row = change.obj, change.row
        role, areas = row.values["role"], row.values["areas"]
        if not change.is_new:
            fixed = _("已有账号的角色和工作范围请在账号页面更改。")
            if role != self.role_of(account):
                row.refuse("role", fixed)
            if {area.pk for area in areas} != {scope.area_id for scope in account.scopes.all()}:
                row.refuse("areas", fixed)
            return
        if role not in roles_to_give(work):
            row.refuse("role", _("您不能开通这个角色的账号。"))
        usernames(work).add(account.username)
        change.more |= {"role": role, "areas": tuple(areas)}
        change.shown += [
            (str(self.by_name["role"].label), "", str(Role(role).label)),
            (str(self.by_name["areas"].label), "", _("、").join(area.place for area in areas)),
        ]

    def write(self, changes: list[Change], work: Work) -> None:
        wanted = [
            NewAccount(
                username=change.obj.username,
                role=change.more["role"],
                name=change.obj.name,
                office=change.obj.office,
                email=change.obj.email,
                areas=change.more["areas"],
            )
            for change in changes
            if change.is_new
        ]
        if wanted:
            work.opened += accounts.open_accounts(wanted, actor=work.actor)
        changed = [change for change in changes if not change.is_new]
        super().write(changed, work)
        for change in changed:
            audit.record(AuditAction.CHANGED, change.obj, actor=work.actor, detail=", ".join(sorted(change.fields)))


# --- Resources -------------------------------------------------------------------------------------------------------


class Resources(StructureSheet):
    name = "resources"
    title = pgettext_lazy("sheet", "资源")
    about = gettext_lazy("委员和单位能提供的帮助。暂停、结束和审核在资源页面办理。")
    model = Resource
    permissions = ("members.add_resource", "members.change_resource")
    columns = columns.RESOURCES
    examples = examples.RESOURCES
    natural = ("member", "organisation", "title")
    named_by = "title"

    def existing(self, work: Work) -> list[Resource]:
        read_lists(work, "resource_categories", _("资源类别"), _categories())
        rows = work.rows(Resource).exclude(status=ResourceStatus.ENDED)
        rows = rows.select_related("member", "organisation", "category").prefetch_related("areas")
        return attach_areas(list(rows), work)

    def menu(self, column: StructureColumn) -> Sequence[str] | None:
        return [str(one) for one in _categories()] if column.name == "category" else super().menu(column)

    def names_of(self, row: Resource) -> list[str]:
        return [row.title, row.title_en]

    def pointed(self, row: Resource, column: StructureColumn) -> Any:
        return list(row.areas.all()) if column.many else getattr(row, column.name, None)

    def place(self, row: Resource) -> str:
        return str(row.provider or "")

    def check(self, change: Change, work: Work) -> None:
        resource, row = change.obj, change.row
        if (resource.member is None) == (resource.organisation is None):
            row.refuse("member", _("请填写由哪位委员或哪家单位提供，二者填一。"))
            return
        if resource.starts_on and resource.ends_on and resource.ends_on < resource.starts_on:
            row.refuse("ends_on", _("截止日期不能早于开始日期。"))
        if change.is_new:
            self._check_new(change, work)
        for area in change.more.get("areas") or ():
            if not is_inside(area, resource.area):
                row.refuse("areas", _("“%(area)s”不在%(home)s。") % {"area": area.place, "home": resource.area})

    def _check_new(self, change: Change, work: Work) -> None:
        resource, row = change.obj, change.row
        by = "member" if resource.member else "organisation"
        if not resource.provider.is_active:
            row.refuse(by, _("%(provider)s目前不能提供资源。") % {"provider": resource.provider})
        if resource.ends_on and resource.ends_on < clock.today():
            row.refuse("ends_on", _("截止日期已过，请核对。"))
        area = resource.member.committee.area if resource.member else resource.organisation.area
        try:
            resource.area = area.up_to(AreaLevel.SUBDISTRICT) or home_of(work)
        except ValidationError:
            row.refuse(by, _("这家单位不属于哪个街道，请在上传时选择街道。"))
        if row.values.get("opens"):
            change.shown.append((str(self.by_name["opens"].label), "", _("是")))
            if not work.actor.has_perm("members.review_resource"):
                row.refuse("opens", _("您的账号不能开放资源。"))

    def write(self, changes: list[Change], work: Work) -> None:
        self.settle(changes)
        entries = [
            resources.Entry(change.obj, tuple(change.more.get("areas") or ()), bool(change.row.values.get("opens")))
            for change in changes
            if change.is_new
        ]
        resources.enter_all(entries, actor=work.actor)
        for change in changes:
            if not change.is_new:
                fields = {name: getattr(change.obj, name) for name in change.fields}
                resources.edit(change.obj, fields, areas=change.more.get("areas"), actor=work.actor)


SHEETS = ((Members, 60), (Accounts, 70), (Resources, 80))
