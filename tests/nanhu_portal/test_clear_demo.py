"""`manage.py clear_demo`: all that is invented goes, and nothing else. The numbers are written here by hand."""

import io

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from consultation.models import Area, ProjectPlace
from demands.models import RatesEdition
from foundation.audit import AuditEntry
from foundation.portal import Portal
from members.models import LiaisonCommittee, VenueHost
from tests import factories
from tests.nanhu_portal.test_load_nanhu import ROWS
from tests.together import at_once
from tools.demo import clearing

# What remains besides the rows of `load_nanhu`: roles, what Django knows of the models, and what is counted anew.
BESIDES = {
    "demands.DangerWord",
    *("auth.Group", "auth.Group_permissions", "auth.Permission", "contenttypes.ContentType"),
    *("consultation.Milestone", "consultation.ProjectPartner", "consultation.ProjectPlace", "members.ProjectMember"),
    *("consultation.ProjectTransition", "demands.CategoryWord", "demands.DemandCounter", "demands.RatesEdition"),
    *("demands.Synonym", "demands.WordCount", "foundation.AuditEntry", "foundation.ConsentText"),
}
# Names in the demo that the article, the hints of categories or the synonyms have too.
SHARED = {
    *("中央花园社区", "南湖街道政协委员之家", "南湖街道联络委", "南湖邻里消费节"),
    *("家长里短议事会", "小区治理月月谈", "流水议事会", "香樟树下"),
    *("城管部门", "供水企业", "便民服务", "儿童乐园", "儿童活动区", "地下车库", "社区书屋", "社区活动室"),
}


def clear(*arguments: str) -> str:
    output = io.StringIO()
    call_command("clear_demo", *arguments, stdout=output)
    return output.getvalue()


def refused() -> str:
    """What the command says before it refuses."""
    output = io.StringIO()
    with pytest.raises(CommandError, match="没有删除任何内容"):
        call_command("clear_demo", "--yes", stdout=output)
    return output.getvalue()


def numbers() -> dict[str, int]:
    models = apps.get_models(include_auto_created=True)
    return {model._meta.label: count for model in models if (count := model._base_manager.count())}


def dump() -> str:
    """Every row of every table, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')  # noqa: S608 - the names of our own tables
            found += [row for (row,) in cursor]
    return "\n".join(found)


def invented_texts() -> set[str]:
    """Every name and text in Chinese, of four characters or more, in the rows to be deleted."""
    texts = set()
    for model, keys in clearing.plan().rows.items():
        names = [
            one.attname for one in model._meta.concrete_fields if one.get_internal_type() in ("CharField", "TextField")
        ]
        for values in model._base_manager.filter(pk__in=keys).values_list(*names) if names else ():
            texts.update(value for value in values if isinstance(value, str) and len(value) > 3 and value > "一")
    return texts


def test_a_demo_is_removed_whole_and_nothing_else_is(demo):
    before = numbers()
    texts = invented_texts()
    said = clear()
    assert "需求 (demands.Demand): 179" in said
    assert "--yes" in said
    assert numbers() == before
    assert "超级管理员" in clear("--yes")
    left = numbers()
    assert {name for name, count in left.items() if count} - BESIDES == {
        model._meta.label for model, count in ROWS.items() if count
    }
    assert {model._meta.label: left.get(model._meta.label, 0) for model in ROWS} == {
        model._meta.label: count for model, count in ROWS.items()
    }
    rows = dump()
    assert {text for text in texts if text in rows} == SHARED
    assert '"is_demo":true' not in rows
    assert "演示" not in rows.replace("取消演示标记", "")  # the name of a permission
    assert RatesEdition.objects.get().rows == 0
    assert (Portal.objects.get().phone, LiaisonCommittee.objects.get().address) == ("", "")
    assert "没有演示内容" in clear("--yes")


# --- Real rows that hang on invented ones ---------------------------------------------------------------------------


def invented(row):
    type(row).objects.filter(pk=row.pk).update(is_demo=True)
    return row


@pytest.mark.django_db
def test_real_rows_that_hang_on_invented_ones_are_named_and_kept():
    places = factories.tree()
    invented(places.compound)
    demo_liaison = factories.of_demo(factories.liaison_staff("liaison", places.subdistrict))
    scoped = factories.community_staff("zhou", places.compound)
    station = invented(factories.venue(place=places.other_compound))
    member = invented(factories.committee_member("陈敏"))
    at_compound = factories.demand("accepted", area=places.compound)
    handled = factories.demand("accepted", area=places.other_compound)
    factories.make_move(handled, "in_progress", actor=demo_liaison)
    helped = factories.demand("accepted", area=places.other_compound)
    factories.dispatch(demand_=helped, member=member)
    meeting = factories.event(venue=station, area=places.other_community)
    before = numbers()
    said = refused()
    lines = [line for line in said.splitlines() if line.startswith("!")]
    for row, on in (
        (f"需求 “{at_compound.ref}”", "区域 “桂花苑”"),
        (f"需求 “{handled.ref}”", "账号 liaison 办理"),
        (f"需求 “{helped.ref}”", "委员 “陈敏”"),
        (f"活动 “{meeting}”", f"议事点 “{station}”"),
        (f"工作范围 “{scoped} · 桂花苑”", "区域 “桂花苑”"),
    ):
        assert len([line for line in lines if row in line and on in line]) == 1, (row, lines)
    assert len(lines) == 5
    assert f"http://portal.example/admin/consultation/area/{places.compound.pk}/change/" in said
    assert numbers() == before


@pytest.mark.django_db
def test_what_belongs_to_invented_rows_goes_and_real_rows_only_forget_them(django_capture_on_commit_callbacks):
    places = factories.tree()
    invented(places.compound)
    account = factories.of_demo(factories.liaison_staff("liaison", places.subdistrict))
    # As `manage.py setup` calls the first account, and somebody who has taken a name of the demo.
    real_accounts = [factories.superuser("admin"), factories.auditor("auditor", places.subdistrict)]
    demand = invented(factories.demand("accepted", area=places.compound))
    photo = factories.photo(demand)
    real = factories.demand("accepted", area=places.other_compound)
    type(real).objects.filter(pk=real.pk).update(assignee=account)
    venue = factories.venue(place=places.other_compound)
    host = VenueHost.objects.create(member=invented(factories.committee_member("陈敏")), venue=venue)
    spot = ProjectPlace.objects.create(
        project=factories.project(area=places.community), name="东门", area=places.compound
    )
    admin = factories.superuser("zhang")
    kind = ContentType.objects.get_for_model(Area)
    LogEntry.objects.create(
        user=admin, content_type=kind, object_id=places.compound.pk, object_repr="桂花苑", action_flag=CHANGE
    )
    assert default_storage.exists(photo.full)
    with django_capture_on_commit_callbacks(execute=True):
        assert "超级管理员" not in clear("--yes")
    assert not default_storage.exists(photo.full)
    real.refresh_from_db()
    spot.refresh_from_db()
    assert (real.assignee, spot.area, spot.name) == (None, None, "东门")
    assert all(type(one).objects.filter(pk=one.pk).exists() for one in real_accounts)
    assert not VenueHost.objects.filter(pk=host.pk).exists()
    assert not LogEntry.objects.exists()
    assert not AuditEntry.objects.filter(actor=account.pk).exists()
    assert AuditEntry.objects.get(action="purged").detail.startswith("clear_demo: ")
    assert demand.ref not in dump()
    assert real.ref in dump()


@pytest.mark.django_db(transaction=True)
def test_nobody_lifts_a_mark_of_what_is_being_deleted(monkeypatch):
    row = invented(factories.organisation(area=factories.tree().community))
    tried, purge = [], clearing.purge

    def lift():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '100ms'")
        return type(row).objects.filter(pk=row.pk).update(is_demo=False)

    def purge_meanwhile(*args, **kwargs):
        tried.extend(at_once(lift))
        return purge(*args, **kwargs)

    monkeypatch.setattr(clearing, "purge", purge_meanwhile)
    clear("--yes")
    assert [type(result) for result in tried] == [OperationalError]
    assert not type(row).objects.filter(pk=row.pk).exists()
