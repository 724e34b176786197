"""The work report: its numbers, its lists of what was done and missed, and who may make it."""

import datetime
import io

import pytest
from docx import Document

from consultation.models import PaperTemplate
from consultation.services import agreements
from consultation.workflow import EventStatus
from demands.models import Demand
from demands.workflow import DemandStatus as S
from foundation import clock
from foundation.cached import forget_all
from tests import factories
from tests.pages import forms, words

pytestmark = pytest.mark.django_db

REPORT = "/admin/report/"
ZONE = datetime.timezone(datetime.timedelta(hours=8))
NOW = datetime.datetime(2026, 4, 20, 10, tzinfo=ZONE)


def day(month: int, number: int) -> datetime.datetime:
    return datetime.datetime(2026, month, number, 10, tzinfo=ZONE)


@pytest.fixture
def april():
    factories.one_subdistrict()
    with clock.turned_to(NOW):
        yield


def everything() -> dict:
    """A quarter: two demands resolved, one declined, one overdue; a meeting held, a slot missed; agreements."""
    places = factories.tree()
    solved = factories.demand(S.RESOLVED, public=True, at=day(1, 10), area=places.compound)
    Demand.objects.filter(pk=solved.pk).update(public_title="楼梯灯")
    factories.demand(S.RESOLVED, at=day(3, 2), area=places.other_compound, description="不公开的事")
    factories.demand(S.DECLINED, at=day(3, 3), area=places.compound)
    late = factories.demand(S.IN_PROGRESS, at=day(1, 12), area=places.compound, description="也不公开的事")
    Demand.objects.filter(pk=late.pk).update(public_title="撤下的标题")
    factories.demand(S.RESOLVED, at=day(4, 2), area=places.compound)  # of the next quarter
    line = factories.series("talk", name="月月谈")
    factories.slot(line, datetime.date(2026, 2, 11))
    held = factories.event(EventStatus.MINUTES_PUBLISHED, starts_at=day(3, 12), series=line, title="商量路灯")
    missed = factories.agreement(held, what="加装路灯", due_on=datetime.date(2026, 4, 1))
    agreements.miss(missed, reason="没有经费", actor=factories.liaison_staff(), version=missed.version)
    forget_all()
    return {"solved": solved, "late": late}


def asked(period: str = "2026-1", **more) -> dict:
    return {"period": period, "format": "page", **more}


def test_numbers_of_a_quarter_are_those_of_the_rows(april, liaison_client):
    made = everything()
    text = words(liaison_client.get(REPORT, asked()))
    assert "2026年第1季度协商议事工作报告" in text
    assert (
        "收到需求4件，其中居民提出4件、部门提出0件。这些需求到目前已办结2件，未予办理1件，在办1件，其中超期1件。"
        in text
    )
    assert "解决率（件数不足，不计算）" in text
    assert "1月 2 / 1 2月 0 / 0 3月 2 / 1" in text
    assert "桂花社区 3 1 1 1 1 1 0 0" in text and "柳园社区 1 1 0 0 0 0 0 0" in text and "合计 4 2 1 1 1 1 0 0" in text
    assert "举行活动1场" in text and "计划档期1个，错过1个。" in text and "月月谈 1 1 1" in text
    assert "达成约定1项，已兑现0项，未兑现1项" in text
    done, _, missed = text.partition("六、没有做到的事项")
    assert f"桂花社区 · 桂花苑 {made['solved'].ref} 楼梯灯 2026年1月10日" in done
    assert "月月谈 商量路灯 2026年3月12日" in done
    assert made["late"].ref in missed and "月月谈 2026年2月11日" in missed
    assert "加装路灯" in missed and "没有经费" in missed
    # Residents' own words are in no report, nor is a title that is not public.
    assert "不公开的事" not in text and "撤下的标题" not in text


def test_the_year_as_word_has_its_charts(april, liaison_client, django_assert_max_num_queries):
    everything()
    liaison_client.get(REPORT)
    with django_assert_max_num_queries(25):
        response = liaison_client.get(REPORT, asked("2026", format="word"))
    assert response["Content-Disposition"] == 'attachment; filename="report-20260101-20261231.docx"'
    document = Document(io.BytesIO(response.content))
    assert document.paragraphs[0].text.endswith("2026年协商议事工作报告")
    months = document.tables[0]
    assert [row.cells[0].text for row in months.rows] == ["1月", "2月", "3月", "4月"]
    assert months.rows[3].cells[2].text == "1 / 1"
    assert 'descr="1月：2 / 1"' in document.element.xml


def test_the_page_offers_quarters_that_have_begun(april, liaison_client):
    everything()
    page = liaison_client.get(REPORT)
    [found] = [one for one in forms(page) if "period" in one.values]
    assert found.values == {"period": "2026-1"}
    assert "2026 年第 2 季度" in words(page) and "2026 年第 3 季度" not in words(page)
    refused = liaison_client.get(REPORT, asked("2026-3"))
    assert refused.status_code == 422 and "请选择期间。" in words(refused)


def test_a_slot_missed_at_a_venue_here_is_listed_whoever_has_the_series(liaison_client):
    there = factories.tree()
    line = factories.series("district-talk", area=there.district, name="区里谈")
    factories.slot(line, datetime.date(2026, 2, 11), venue=factories.venue())
    factories.slot(line, datetime.date(2026, 2, 12), venue=factories.venue(place=there.far_compound))
    with clock.turned_to(NOW):
        forget_all()
        text = words(liaison_client.get(REPORT, asked(subdistrict="subdistrict")))
    assert "计划档期1个，错过1个。" in text
    assert "区里谈 2026年2月11日" in text and "2026年2月12日" not in text


def test_a_series_of_the_district_is_listed_with_what_was_here_or_for_all(liaison_client):
    there = factories.tree()
    line = factories.series("district-talk", area=there.district, name="区里谈", by_venue=True)
    home, far = factories.venue(), factories.venue(place=there.far_compound)
    for number, venue in enumerate((home, far, None), 11):
        factories.slot(line, datetime.date(2026, 2, number), venue=venue)
    for number, area in enumerate((there.compound, there.far_compound, there.district), 11):
        factories.event(EventStatus.HELD, starts_at=day(3, number), series=line, area=area)
    factories.study_note(line, published_at=day(3, 20))
    elsewhere = factories.series("far-talk", area=there.far_community.parent, name="对岸谈")
    factories.slot(elsewhere, datetime.date(2026, 2, 11))
    with clock.turned_to(NOW):
        forget_all()
        text = words(liaison_client.get(REPORT, asked(subdistrict="subdistrict")))
    assert f"区里谈（{there.district}） 2 3 2" in text
    assert "对岸谈" not in text


def test_staff_of_a_community_make_no_report_of_their_subdistrict(april, community_client):
    assert community_client.get(REPORT).status_code == 403
    assert "工作报告" not in words(community_client.get("/admin/menu/"))


def test_each_subdistrict_reports_for_itself(liaison_client, district_client, auditor_client, member_client):
    there = factories.tree()
    with clock.turned_to(NOW):
        own = factories.demand(S.RESOLVED, public=True, at=day(1, 10), area=there.compound)
        far = factories.demand(S.RESOLVED, public=True, at=day(1, 10), area=there.far_compound)
        forget_all()
        mine = words(liaison_client.get(REPORT, asked(subdistrict="subdistrict")))
        assert own.ref in mine and far.ref not in mine and "湖东街道2026年第1季度" in mine
        for other in ("far-subdistrict", "all"):
            refused = liaison_client.get(REPORT, asked(subdistrict=other))
            assert refused.status_code == 422 and "请选择街道。" in words(refused)
        both = words(district_client.get(REPORT, asked(subdistrict="all")))
        assert own.ref in both and far.ref in both
        PaperTemplate.objects.create(kind="report", subdistrict=there.subdistrict, title="湖东的标题", body="略")
        assert "湖东的标题" in words(liaison_client.get(REPORT, asked(subdistrict="subdistrict")))
        assert "湖东的标题" not in words(district_client.get(REPORT, asked(subdistrict="all")))
        assert auditor_client.get(REPORT).status_code == 200
        assert "工作报告" in words(liaison_client.get("/admin/menu/"))
    assert member_client.get(REPORT).status_code == 302
