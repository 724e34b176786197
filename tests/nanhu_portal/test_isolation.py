"""Three subdistricts with 300 demands each: staff of one see nothing of another, wherever they look.

`test_urls_by_role.py` opens every address of the admin in this world; here is what no address shows by itself:
searches, counts, exports, several rows at once, and what staff above all of them see.
"""

import io
import re

import openpyxl
import pytest

from demands.models import Demand, SavedFilter, StandardReply
from demands.workflow import DemandStatus as S
from foundation.accounts import Role
from foundation.audit import AuditEntry
from foundation.installation import works_for_all
from tests import factories, several
from tests.pages import body, words

pytestmark = pytest.mark.django_db

DEMANDS = "/admin/demands/demand/"
# Lists that staff search; what of them all may read is not among them.
LISTS = [
    *("demands/demand", "foundation/outboxmessage", "consultation/area"),
    *("consultation/venue", "consultation/event", "consultation/organisation", "consultation/series"),
    *("consultation/topic", "consultation/agreement", "consultation/project", "consultation/platform"),
    *("demands/proposal", "consultation/studynote", "members/member", "members/resource", "members/dutyrecord"),
]
STAFF = ("community", "liaison", "auditor")


@pytest.fixture
def parts(db, built_once):
    return built_once(several.three)


def found(client, address: str) -> int:
    """How many rows a list of the admin has."""
    return client.get(address).context["cl"].result_count


def own_demands(role: str, part: several.Part):
    """Counted by hand: a community has its own and its compounds', two thirds of all."""
    return part.demands if role != "community" else part.demands.exclude(area=part.subdistrict)


@pytest.mark.parametrize("role", STAFF)
def test_lists_searches_and_counts_are_of_the_own_subdistrict(role, parts, request):
    client = request.getfixturevalue(f"{role}_client")
    mine, *others = parts
    own = own_demands(role, mine)
    assert own.count() == {"community": 200}.get(role, 300)
    assert found(client, DEMANDS) == own.count()
    for queue, rows in (("open", own.open()), ("overdue", own.overdue()), ("deletion", own.deletion_requested())):
        assert found(client, f"{DEMANDS}?queue={queue}") == rows.count() > 0, queue
    tiles = {tile["url"]: tile["count"] for tile in client.get("/admin/").context["tiles"]}
    assert (tiles[f"{DEMANDS}?queue=open"], tiles[f"{DEMANDS}?queue=overdue"]) == (
        own.open().count(),
        own.overdue().count(),
    )
    for one in LISTS:
        if role != "community" or "outbox" not in one:
            assert found(client, f"/admin/{one}/?q={several.WORD}") == 0, one
    for other in others:
        for asked in (other.word, other.demands[3].ref, several.PHONES[other.prefix][-4:], other.community.name):
            assert found(client, f"{DEMANDS}?q={asked}") == 0, asked
        narrowed = [found(client, f"{DEMANDS}?community={code}") for code in (other.community.code, "no-such")]
        assert narrowed[0] == narrowed[1]
    # Auditors do not find residents by their numbers at all.
    assert found(client, f"{DEMANDS}?q={several.PHONES['NH'][-4:]}") == (role != "auditor")


@pytest.mark.parametrize("role", STAFF)
def test_what_staff_keep_for_themselves_stays_in_their_subdistrict(role, parts, request):
    client = request.getfixturevalue(f"{role}_client")
    _mine, *others = parts
    assert {str(one) for one in client.get("/admin/demands/standardreply/").context["cl"].result_list} == {"这里收到"}
    assert "这里的筛选" in words(client.get("/admin/"))
    for other in others:
        reply = StandardReply.objects.get(subdistrict=other.subdistrict)
        assert client.get(f"/admin/demands/standardreply/{reply.pk}/change/").status_code == 404
        saved = SavedFilter.objects.get(name__startswith=other.word)
        assert client.post(f"{DEMANDS}filters/{saved.pk}/remove/").status_code == 404


def test_an_auditor_of_one_subdistrict_reads_its_accounts_and_its_audit(parts, auditor_client):
    mine, *others = parts
    accounts = {str(one) for one in auditor_client.get("/admin/foundation/user/").context["cl"].result_list}
    assert accounts == {"这里小王", "审计员"}
    text = words(auditor_client.get("/admin/foundation/auditentry/"))
    # Of its demands what anybody did, of anything else what its own staff did.
    own = [mine.demands.get(ref__endswith=number).ref for number in ("-00000", "-00001")]
    assert [sign for sign in (*own, f"area:{mine.subdistrict.pk}") if sign not in text] == []
    for other in others:
        entry = AuditEntry.objects.filter(detail=other.word).first()
        assert auditor_client.get(f"/admin/foundation/auditentry/{entry.pk}/change/").status_code == 404
        assert other.word not in text


def cells(content: bytes) -> set[str]:
    sheets = openpyxl.load_workbook(io.BytesIO(content), read_only=True).worksheets
    return {str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row if cell}


EXPORTS = ("/admin/demands/demand/export/", "/admin/consultation/organisation/export/", "/admin/structure/export/")


def test_exports_have_the_own_subdistrict_alone(parts, liaison_client):
    mine, *others = parts
    there = [factories.neighbourhood(part.community, part.word) for part in parts]
    for address in EXPORTS:
        response = liaison_client.post(address, {"reason": "月度报告", "format": "xlsx"})
        assert (response.status_code, response["Content-Type"][-5:]) == (200, "sheet"), address
        text = "\n".join(sorted(cells(body(response))))
        assert mine.word in text, address
        assert [sign for other in others for sign in other.signs if sign in text] == [], address
    refs = {
        cell
        for cell in cells(body(liaison_client.post(EXPORTS[0], {"reason": "月度报告", "format": "xlsx"})))
        if "NH-9" in cell
    }
    assert refs == set(mine.demands.values_list("ref", flat=True))
    year = there[0].duty.day.year
    for one, status in zip(there, (200, 404, 404), strict=True):
        address = f"/admin/members/dutyrecord/member/{one.member.pk}/{year}.xlsx"
        assert liaison_client.post(address).status_code == status


def test_several_at_once_leave_out_those_of_others(parts, liaison_client):
    """Keys of others that somebody slips in between their own change nothing and are not told from missing ones."""
    mine, *others = parts
    own = list(mine.demands.filter(status=S.RECEIVED)[:2])
    theirs = [demand for other in others for demand in other.demands.filter(status=S.RECEIVED)[:3]]
    query = "&".join(f"demand={demand.pk}" for demand in [*own, *theirs])
    before = list(Demand.objects.filter(pk__in=[demand.pk for demand in theirs]).order_by("pk").values())
    address = f"{DEMANDS}bulk/accept/?{query}"
    page = body(liaison_client.get(address)).decode()
    assert [demand.ref for demand in own if demand.ref not in page] == []
    assert [sign for other in others for sign in other.signs if sign in page] == []
    versions = {f"version_{demand.pk}": 0 for demand in [*own, *theirs]}
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    keys = [demand.pk for demand in [*own, *theirs]]
    answer = liaison_client.post(address, {**versions, **hidden, "demand": keys, "confirm": "1"}, follow=True)
    assert [sign for other in others for sign in other.signs if sign in body(answer).decode()] == []
    assert list(Demand.objects.filter(pk__in=[demand.pk for demand in theirs]).order_by("pk").values()) == before
    # Nor do the acts of Django's own menu.
    data = {"action": "bundle_chosen", "_selected_action": [demand.pk for demand in theirs]}
    answer = liaison_client.post(DEMANDS, data, follow=True)
    assert [sign for other in others for sign in other.signs if sign in body(answer).decode()] == []


def test_staff_of_the_district_see_all_its_subdistricts_as_their_own(parts, district_client):
    assert works_for_all(district_client.user)
    assert found(district_client, DEMANDS) == 3 * several.DEMANDS
    for part in parts:
        demand = part.demands[0]
        assert found(district_client, f"{DEMANDS}?q={part.word}") > 0
        assert demand.ref in words(district_client.get(f"{DEMANDS}{demand.pk}/change/"))
        assert district_client.get(f"{DEMANDS}{demand.pk}/assign/").status_code == 200
        assert part.word in words(district_client.get("/admin/demands/standardreply/"))
        assert f"{part.word}的筛选" in words(district_client.get("/admin/"))
    # Working for two of three is not working for all.
    two = factories.liaison_staff("two", parts[0].subdistrict, parts[1].subdistrict)
    assert not works_for_all(two)
    assert Demand.objects.visible_to(two).count() == 2 * several.DEMANDS
    assert not works_for_all(factories.user("nowhere", Role.LIAISON_STAFF))
