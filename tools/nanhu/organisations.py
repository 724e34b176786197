"""Companies named in the article."""

from consultation.models import OrganisationKind as Kind

# Name, English name, kind, about.
NAMED = [
    ("中商集团", "Zhongshang Group", Kind.ENTERPRISE, "负责人张万新为市政协委员。"),
    (
        "武汉中商校园服务管理有限公司",
        "Wuhan Zhongshang Campus Service Management Co., Ltd.",
        Kind.ENTERPRISE,
        "注册在南湖街道，与街道签订 2 亿元合作协议，在全市布局“天猫校园店”。",
    ),
    (
        "前包控股有限公司",
        "Qianbao Holdings Co., Ltd.",
        Kind.ENTERPRISE,
        "由省政协委员方朝晖引进，落户南湖，与街道签订招商引资合作协议。",
    ),
]

# Those that signed a cooperation agreement. The article does not say when, so their rows have no day.
SIGNED = ("武汉中商校园服务管理有限公司", "前包控股有限公司")
