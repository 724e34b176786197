"""Create the topics of the demo with their orders, and scans of venues' QR codes."""

import datetime
import random

from django.utils import timezone

from consultation.models import Area, Event, Topic, TopicOrder, Venue, VenueScan
from consultation.services import topics
from foundation import clock
from foundation.actors import SYSTEM
from foundation.visitors import visitor_hash

DAY = datetime.timedelta(days=1)

# Title, summary, area, orders, days since it was added to the menu.
OPEN = [
    ("电动车充电棚建在哪里", "几个小区都说充电位不够，位置、收费和管理一起商量。", "xiangzhang", 37, 6),
    ("老年食堂的菜单和价格", "想开在步行十分钟以内，先听听大家愿意吃什么、付多少。", "zhongyang-huayuan", 52, 9),
    ("宠物活动区要不要划", "有人希望划一块，有人担心卫生，先把两边的话都听完。", "yulan", 18, 20),
    ("放学后的操场能不能开放", "学校和小区一墙之隔，安全和时间怎样约定。", "guihua", 24, 3),
    ("楼道灯改感应灯", "省电，也怕老人来不及走，先试一栋还是一起换。", "yinxing", 3, 2),
]
SCHEDULED = ("小广场晚上几点安静", "跳舞的和要休息的一起定个时间。", "xiangzhang", 41, 15)
DROPPED = ("增开一路小区公交", "想在早高峰增加一班直达地铁站的车。", "wutong", 9, 40)
WHY_DROPPED = "线路由市公交部门统一安排，已转去建议，不在这里商量。"


def add_topics(now: datetime.datetime, rng: random.Random) -> None:
    """Add topics in every status; the scheduled one is on the agenda of the next monthly talk."""
    for row in OPEN:
        _topic(row, now, rng)
    coming = Event.objects.upcoming().filter(series__code="monthly-talk").first()
    scheduled = _topic(SCHEDULED, now, rng)
    if coming:
        topics.schedule(scheduled, coming, actor=SYSTEM)
    topics.drop(_topic(DROPPED, now, rng), actor=SYSTEM, outcome=WHY_DROPPED)


def _topic(row: tuple, now: datetime.datetime, rng: random.Random) -> Topic:
    title, summary, area, orders, days = row
    with clock.turned_to(now - days * DAY):
        topic = Topic(area=Area.objects.get(code=area), title=title, summary=summary, is_demo=True)
        topic = topics.add(topic, actor=SYSTEM)
    # Orders of several days, inserted in bulk: through the service, each would have today's date.
    since = topic.created_at
    TopicOrder.objects.bulk_create(
        TopicOrder(
            topic=topic,
            visitor=visitor_hash("order", f"demo-{number}"),
            at=since + (now - since) * rng.random(),
        )
        for number in range(orders)
    )
    topic.order_count = orders
    topic.save(update_fields=["order_count"])
    return topic


def add_scans(now: datetime.datetime, rng: random.Random) -> None:
    """Add scans for each venue, on six of the last 30 days."""
    today = timezone.localdate(now)
    VenueScan.objects.bulk_create(
        VenueScan(venue=venue, day=today - days * DAY, count=rng.randint(1, 9))
        for venue in list(Venue.objects.all())
        for days in rng.sample(range(30), 6)
    )
