"""The series: four mechanisms, and the brands of themed activities named in the article."""

from consultation.models import Cadence, SeriesKind

# Code, name, English name, kind, cadence, what it is, the same in English.
SERIES = [
    (
        "weekly-study",
        "周周学",
        "Weekly Study",
        SeriesKind.MECHANISM,
        Cadence.WEEKLY,
        "每周把学习要点推送给委员。",
        "Study notes pushed to members every week.",
    ),
    (
        "monthly-talk",
        "月月谈",
        "Monthly Talk",
        SeriesKind.MECHANISM,
        Cadence.MONTHLY,
        "每月开展一次议事活动，居民、委员和有关单位坐下来商量。",
        "A deliberation every month: residents, members and those concerned at one table.",
    ),
    (
        "quarterly-lecture",
        "季季讲",
        "Quarterly Lecture",
        SeriesKind.MECHANISM,
        Cadence.QUARTERLY,
        "每季度举办一次委员讲堂。",
        "The members' lecture hall, once a quarter.",
    ),
    (
        "annual-showcase",
        "年年展",
        "Annual Showcase",
        SeriesKind.MECHANISM,
        Cadence.YEARLY,
        "每年向居民展示委员做了什么。",
        "Once a year, what members did is shown to residents.",
    ),
    (
        "family-and-school",
        "家校共育大家谈",
        "Family and School Together",
        SeriesKind.BRAND,
        Cadence.NONE,
        "委员组织的家校共育活动，居民受益。",
        "Organised by members, for families and schools.",
    ),
    (
        "neighbours-festival",
        "邻里惠民节",
        "Neighbours' Benefit Festival",
        SeriesKind.BRAND,
        Cadence.NONE,
        "政协委员和街道合作举办，省、市、区委员联合开展。",
        "Held by members and the subdistrict together, with members of province, city and district.",
    ),
    (
        "consumption-festival",
        "邻里消费节",
        "Neighbours' Shopping Festival",
        SeriesKind.BRAND,
        Cadence.NONE,
        "协商策划的品牌主题活动。",
        "A brand activity, planned in consultation.",
    ),
    (
        "members-monthly-talk",
        "委员月月谈",
        "Members' Monthly Talk",
        SeriesKind.BRAND,
        Cadence.NONE,
        "邀请政企社媒校一起参加点单式协商议事。",
        "Government, enterprises, society, media and schools deliberate on what people ask for.",
    ),
    (
        "members-studio",
        "委员工作室",
        "Members' Studio",
        SeriesKind.BRAND,
        Cadence.NONE,
        "邀请政企社媒校一起参加点单式协商议事。",
        "Government, enterprises, society, media and schools deliberate on what people ask for.",
    ),
    (
        "business-environment",
        "优化营商环境",
        "Business Environment",
        SeriesKind.BRAND,
        Cadence.NONE,
        "面向企业的座谈、对接、研讨和招商活动。",
        "Talks, matchmaking, seminars and promotion for businesses.",
    ),
]

# Of the four brand activities, the article names one.
CHOSEN = {
    "family-and-school": {
        "brand_set": "南湖四大品牌活动",
        "brand_set_en": "one of Nanhu's four brand activities",
    }
}
