"""Projects named in the article, with only what it reports about them."""

import datetime
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Built:
    """One project. `members`: name and role. `partners`: name of an organisation and its role."""

    title: str
    summary: str
    status: str = "under_way"
    result: str = ""
    evidence: str = ""
    sum_yuan: Decimal | None = None
    sum_note: str = ""
    ends_on: datetime.date | None = None
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
        "省政协委员方朝晖引进企业落户南湖，签订招商引资合作协议，打造街道创业就业服务中心，服务辖区企业和居民。",
        members=(("方朝晖", "引进企业"),),
        partners=(("前包控股有限公司", "落户南湖，共建服务中心"),),
    ),
    Built("南湖公益街", "策划打造的公益主题街。"),
    Built("南湖邻里消费节", "协商策划的品牌主题活动，带动街坊店铺和商圈。"),
    Built(
        "三圈两线商业新布局",
        "三个商圈和两条慢行商业线，依托现有美食店铺打造夜间经济，以烟火气带动人气。",
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
        "步行一刻钟之内，满足居民日常生活所需。",
        status="done",
        result="2023 年 9 月入选全国城市一刻钟便民生活圈典型案例。",
        evidence=SOURCE,
        ends_on=datetime.date(2023, 9, 30),
        area="zhongyang-huayuan",
    ),
]
