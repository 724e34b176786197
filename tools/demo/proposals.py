"""The proposals of the demo, made of demands that came up in several communities: one with its outcome, one draft."""

import datetime

from demands.models import Demand
from demands.services import proposal_moves, proposals
from demands.workflow import Outcome, OutcomeReason
from foundation import clock
from foundation.actors import SYSTEM
from members.models import Member

DAY = datetime.timedelta(days=1)

# End of the public titles of its demands, its text, and what was answered.
CLOSED = (
    "居家适老化改造知晓率不高",
    proposals.Words(
        "proposal",
        "关于让更多老人用上居家适老化改造补贴的建议",
        "几个社区的老人不知道有居家适老化改造补贴，知道的也说不清怎样申请、要准备哪些材料。",
        "补贴由区里发布，社区多在公告栏张贴，行动不便的老人看不到；申请表要填的内容多，家里没有年轻人的填不了。",
        "一、由社区网格员入户告知，逐户登记意愿。\n二、在社区设代填点，每周固定半天。\n三、把申请材料减到一页。",
    ),
    "已要求各社区今年内入户告知一遍，并设代填点；申请材料由市里统一规定，精简的建议已转报。",
)
DRAFT = (
    "附近有老年食堂",
    proposals.Words(
        "opinion",
        "关于在老小区集中片区增设老年食堂的建议",
        "几个小区的高龄老人买菜做饭越来越吃力，希望步行十分钟以内能吃上一顿热饭。",
        "",
        "利用闲置的社区用房，由餐饮企业运营、街道补贴，先试一处。",
    ),
)


def add_proposals(now: datetime.datetime) -> None:
    """Add both, by an invented member: no real one proposes what is invented."""
    members = Member.objects.filter(is_demo=True, is_active=True)
    author = members.filter(user__isnull=False).order_by("order", "pk").first()
    ending, words, reply = CLOSED
    with clock.turned_to(now - 25 * DAY):
        row = proposals.draft(_demands(ending), words, author=author, actor=SYSTEM)
        row = proposal_moves.submit(row, "区政协", actor=SYSTEM)
    with clock.turned_to(now - 18 * DAY):
        row = proposal_moves.file(row, f"{clock.today().year}-045", actor=SYSTEM)
    with clock.turned_to(now - 6 * DAY):
        row = proposal_moves.record_reply(row, reply, replied_by="区民政部门", actor=SYSTEM)
    with clock.turned_to(now - 2 * DAY):
        proposal_moves.close(row, Outcome.PARTLY, outcome_reason=OutcomeReason.OTHERS_DECIDE, actor=SYSTEM)
    ending, words = DRAFT
    with clock.turned_to(now - DAY):
        proposals.draft(_demands(ending), words, author=author, actor=SYSTEM)


def _demands(ending: str) -> list[Demand]:
    found = list(Demand.objects.public().exclude(status__in=proposals.UNFIT).filter(public_title__endswith=ending))
    if not found:
        raise LookupError(f"no demand of the demo ends with {ending}")
    return found
