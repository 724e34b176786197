"""Members named in the article, with only what it reports about them."""

from members.models import MemberLevel

# Name, English name, level, role, English role. Their sectors were not reported, so they have none.
NAMED = [
    ("方朝晖", "Fang Zhaohui", MemberLevel.PROVINCE, "", ""),
    ("张万新", "Zhang Wanxin", MemberLevel.CITY, "中商集团负责人", "Head of Zhongshang Group"),
    ("王志新", "Wang Zhixin", MemberLevel.CITY, "", ""),
    ("柏雨辰", "Bai Yuchen", MemberLevel.DISTRICT, "", ""),
    ("黄秋莉", "Huang Qiuli", MemberLevel.DISTRICT, "", ""),
    ("熊云", "Xiong Yun", MemberLevel.DISTRICT, "", ""),
    ("鲍菁", "Bao Jing", "", "", ""),
    ("操志兵", "Cao Zhibing", "", "", ""),
]

# For the annual showcase, of the year reported: member, title, text.
STORIES_OF = 2023
STORIES = [
    (
        "鲍菁",
        "十六场“大家谈”",
        "鲍菁、操志兵两位委员组织的“家校共育大家谈”入选南湖四大品牌活动，累计开展 16 次，受益居民千余人。",
    ),
    (
        "张万新",
        "把企业带到南湖",
        "市政协委员、中商集团负责人张万新利用自身资源优势，将武汉中商校园服务管理有限公司注册在南湖街道，"
        "签订 2 亿元合作协议，并与街道合作举办首届“邻里惠民节”。",
    ),
    (
        "方朝晖",
        "为创业就业搭台",
        "省政协委员方朝晖主动引进企业落户南湖，与街道签订招商引资合作协议，打造南湖街道创业就业服务中心。",
    ),
]
