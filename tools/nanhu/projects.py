"""Projects named in the article, with only what it reports about them.

It tells what was begun, and of none how far it has come.
"""

import datetime
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Built:
    """One project. `members`: name and role. `partners`: name of an organisation and its role.

    `reached`: what it reached, and the first day of the month reported, because no day was.
    """

    title: str
    summary: str
    sum_yuan: Decimal | None = None
    sum_note: str = ""
    reached: tuple[tuple[str, datetime.date], ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    partners: tuple[tuple[str, str], ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    area: str = "nanhu"


SOURCE = "2024 年 1 月 27 日公开报道"

NAMED = [
    Built(
        "校园服务与“天猫校园店”",
        "市政协委员张万新利用自身资源，将企业注册在南湖街道，与街道签订合作协议，在全市布局“天猫校园店”。",
        sum_yuan=Decimal("200000000"),
        sum_note="合作协议金额",
        members=(("张万新", "引进企业"),),
        partners=(("武汉中商校园服务管理有限公司", "注册在南湖，布局“天猫校园店”"), ("中商集团", "")),
    ),
    Built(
        "街道创业就业服务中心",
        "省政协委员方朝晖引进企业落户南湖，与街道签订招商引资合作协议，全力打造街道创业就业服务中心，服务辖区企业、居民。",
        members=(("方朝晖", "引进企业"),),
        partners=(("前包控股有限公司", "落户南湖，签订招商引资合作协议"),),
    ),
    Built("南湖公益街", "联络委策划打造的“南湖公益街”。"),
    Built("南湖邻里消费节", "联络委协商策划的品牌主题活动。"),
    Built(
        "三圈两线商业新布局",
        "三个商圈和两条慢行商业线，依托现有美食店铺打造夜经济相关载体，以烟火气带动人气，形成夜经济消费新体验。",
        places=(
            ("地铁商圈", "区域亲子主题消费"),
            ("泛悦坊商圈", "全天候消费经济示范点"),
            ("泛悦MALL商圈", "沉浸式智慧商圈"),
            ("瑞安街", "过早一条街"),
            ("建安街", "宵夜一条街"),
        ),
    ),
    Built(
        "中央花园社区一刻钟便民生活圈",
        "中央花园社区的一刻钟便民生活圈建设。",
        reached=(("入选全国城市一刻钟便民生活圈典型案例", datetime.date(2023, 9, 1)),),
        area="zhongyang-huayuan",
    ),
]
