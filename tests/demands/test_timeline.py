"""What happened, newest first: all of it for staff, offices and no notes for the resident."""

import uuid

import pytest

from demands import services
from demands.selectors.timeline import entries
from demands.services import offices
from foundation import contacts
from foundation.actors import RESIDENT
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def demand():
    staff = factories.liaison_staff()
    demand = factories.demand()
    factories.make_move(demand, "accepted", actor=staff)
    services.handling.note(demand, "给路灯所打过电话", actor=staff)
    services.handling.answer(demand, "本周内修。", actor=staff)
    services.residents.add_information(demand, "还有一处不亮。", key=uuid.uuid4())
    factories.make_move(demand, "resolved", actor=staff, answer="已修好。")
    services.residents.rate(demand, work="satisfied", result="unsatisfied", comment="只修了一处。")
    factories.make_move(demand, "reopened", reason="另一处还没修。", actor=RESIDENT)
    return demand


OFFICE = "湖东街道联络委"
FOR_RESIDENT = [
    ("居民说明的理由", "居民", "另一处还没修。"),
    ("重新办理", "居民", ""),
    ("居民评价", "居民", "过程：满意；结果：不满意\n只修了一处。"),
    ("答复居民", OFFICE, "已修好。"),
    ("已办结，待居民确认", OFFICE, ""),
    ("居民补充", "居民", "还有一处不亮。"),
    ("答复居民", OFFICE, "本周内修。"),
    ("已受理", OFFICE, ""),
    ("已收到", "居民", ""),
]
FOR_STAFF = [(title, "李四" if who == OFFICE else who, text) for title, who, text in FOR_RESIDENT[:7]] + [
    ("内部备注", "李四", "给路灯所打过电话"),
    ("已受理", "李四", ""),
    ("已收到", "居民", ""),
]


def told(demand, **values):
    return [(entry.title, entry.who, entry.text) for entry in entries(demand, **values)]


def test_the_resident_sees_offices_and_no_notes(demand):
    assert told(demand) == FOR_RESIDENT
    demand.ratings.update(work="", comment="")
    assert ("居民评价", "居民", "结果：不满意") in told(demand)


def test_staff_see_everything_and_by_whom(demand):
    assert told(demand, for_staff=True) == FOR_STAFF


def test_a_colleague_without_an_office_stands_for_the_committee():
    demand, nameless = factories.demand(), factories.superuser()
    services.handling.answer(demand, "本周内修。", actor=nameless)
    assert ("答复居民", "联络委", "本周内修。") in told(demand)


def test_what_the_system_moved_says_so():
    demand = factories.demand("accepted")
    assert told(demand)[0] == ("已受理", "系统", "")


@pytest.mark.parametrize(("for_staff", "queries"), [(False, 3), (True, 9)])
def test_it_costs_few_queries(demand, for_staff, queries, django_assert_num_queries):
    with django_assert_num_queries(queries):
        entries(demand, for_staff=for_staff)


def test_staff_see_who_looked_at_the_contact_and_what_else_left_no_word(demand):
    staff, community = factories.liaison_staff(), factories.community_staff()
    contacts.reveal(demand.contact, subject=demand, actor=community, reason="约时间上门")
    services.handling.assign(demand, community, actor=staff)
    services.handling.reclassify(demand, category=factories.category("green"), area=demand.area, actor=staff)
    asked = offices.ask(demand, office="区水务局", background="井盖松动", question="何时修？", days=5, actor=staff)
    offices.answer(asked, "三天内修。", by="王科")
    assert told(demand, for_staff=True)[:5] == [
        ("外部单位答复", "区水务局", "三天内修。"),
        ("请外部单位答复", "李四", "区水务局：何时修？"),
        ("调整类别或地点", "李四", "类别"),
        ("分派", "李四", "张三"),
        ("查看联系方式", "张三", "约时间上门"),
    ]
    assert told(demand) == FOR_RESIDENT
