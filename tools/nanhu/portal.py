"""Who runs the portal, what demands are about, and what staff answer with often."""

# In our own words. Its figures are the report's and told as such; the total it prints of venues is left out, since
# it is more than its four kinds add up to.
STORY = """\
南湖街道这片地方，原先是南湖机场。从上世纪九十年代起，旧址上一个小区接一个小区地建起来，慢慢成了一个全是物业小区的街道。\
据2024年1月的报道，这里有6个社区、28个小区，住着近10万人。

住得近了，要商量的事也多了。政协南湖街道联络委的办法叫“一线协商”：委员到街道、社区和小区里去，\
和居民、部门、企业、社团坐到一张桌前，从听难处开始，一直谈到有人去办、办出结果。

先要有坐得下来的地方。报道里列了四种：街道有1个政协委员之家，社区有3个协商议事之家、3个协商工作室，\
28个小区各有一个云端工作站；还有“香樟树下”“流水议事会”这样的议事平台。\
再要有一个守得住的节奏：每周学、每月谈、每季讲、每年展。报道写成时，周周学推送了24讲，月月谈开了9次，季季讲办了3场。

2023年的事，报道里这样记着：全年办主题活动42次；9月，中央花园社区的一刻钟便民生活圈入选全国典型案例；\
11月，联络委在全省政协“一线协商·共同缔造”现场推进会上，作为两个基层代表之一介绍了南湖的做法。\
到报道发表时，居民需求收集了120余项，协商解决了90余项。

这个网站接着做同一件事：需求、约定和结果，一件一件摆出来，人人可以提，公开的人人可以看。\
这个故事里的数字是报道里的；网站上别处的数字，都从这里的记录里数出来。
"""
STORY_EN = """\
Where Nanhu Subdistrict stands today there was once an airfield. From the 1990s on, one residential compound after \
another was built on its grounds, until the whole subdistrict was made of them. According to a report of January 2024 \
it has 6 communities and 28 compounds, home to nearly 100,000 people.

Living close together gives people much to talk over. The answer of the CPPCC liaison committee of Nanhu is \
consultation on the spot: its members go to where people live, sit down at one table with residents, government \
offices, businesses and associations, and stay with a matter from the first complaint to the result.

That takes places to sit down in. The report lists four kinds: one CPPCC members' home for the subdistrict, three \
deliberation homes and three consultation studios in the communities, and a cloud station in each of the 28 compounds; \
besides them platforms such as “Under the Camphor Tree”. And it takes a rhythm that is kept: study every week, talk \
every month, a lecture every quarter, a showcase every year. When the report was written, there had been 24 studies, \
9 talks and 3 lectures.

Of 2023 the report tells this: 42 themed activities in the year; in September the fifteen-minute convenience circle of \
Zhongyang Huayuan Community became a national model case; in November the committee spoke at the provincial meeting on \
consultation on the spot, as one of two from the grassroots. By the time of the report more than 120 needs had been \
collected and more than 90 resolved through consultation.

This site carries on with the same: needs, agreements and results are laid out one by one. Everybody may submit a \
need, and what is published everybody may read. The figures in this story are the report's; all others on this site \
are counted from its own records.
"""
# Phone, address and hours are left for the committee to enter: none of them is made up.
PORTAL = {
    "name": "南湖一线协商",
    "name_en": "Nanhu Consultation Portal",
    "organiser": "武昌区政协南湖街道联络委",
    "organiser_en": "CPPCC Liaison Committee of Nanhu Subdistrict, Wuchang",
    "story_title": "从老机场到议事桌",
    "story_title_en": "From an old airfield to a table for talking",
    "story": STORY,
    "story_en": STORY_EN,
    "story_source": "据政协武昌区委员会南湖街道联络委供稿的报道《一线协商聚合力，缔造南湖幸福里》（2024年1月27日），"
    "文字由本站编写。",
    "story_source_en": "After a report contributed by the CPPCC liaison committee of Nanhu Subdistrict, Wuchang, "
    "published on 27 January 2024; the wording is ours.",
}
COMMITTEE = {
    "name": "政协南湖街道联络委",
    "name_en": "CPPCC Liaison Committee of Nanhu Subdistrict",
    "ref_prefix": "NH",
}
DEMO_HOURS = ("工作日 9:00–17:00", "Working days 9:00–17:00")

# Code, name, English name, hint, English hint, working days to respond and to resolve.
CATEGORIES = [
    (
        "facilities",
        "设施维修",
        "Repairs",
        "路灯、门禁、电梯、漏水、健身器材",
        "Street lamps, door locks, lifts, leaks, outdoor gym",
        3,
        30,
    ),
    (
        "parking",
        "停车充电",
        "Parking and charging",
        "车位不够、乱停车、电动车充电",
        "Lack of spaces, careless parking, charging",
        3,
        30,
    ),
    (
        "environment",
        "环境卫生",
        "Cleanliness",
        "垃圾投放、绿化、积水、蚊虫",
        "Waste, greenery, standing water, mosquitoes",
        3,
        20,
    ),
    (
        "noise",
        "邻里噪声",
        "Noise",
        "装修、广场舞、空调外机、店铺",
        "Renovation, square dancing, air conditioners, shops",
        3,
        20,
    ),
    (
        "property",
        "物业服务",
        "Property management",
        "报修、保洁、收费公示、公共收益",
        "Repairs, cleaning, published charges, common income",
        3,
        30,
    ),
    (
        "fire-safety",
        "消防安全",
        "Fire safety",
        "楼道堆物、消防通道、灭火器",
        "Things kept in stairways, fire lanes, extinguishers",
        1,
        10,
    ),
    (
        "traffic",
        "交通出行",
        "Getting around",
        "过街、公交、共享单车、上下学拥堵",
        "Crossings, buses, shared bicycles, school-run jams",
        3,
        30,
    ),
    (
        "elderly",
        "养老服务",
        "Older people",
        "老年食堂、适老化改造、上门服务",
        "Canteen, home adaptation, services at home",
        3,
        30,
    ),
    (
        "education",
        "教育托育",
        "Children and education",
        "放学托管、家庭教育、儿童活动",
        "After-school care, parenting, children's activities",
        3,
        30,
    ),
    (
        "culture",
        "文体活动",
        "Culture and sports",
        "书屋、排练场地、运动场地、节庆活动",
        "Reading room, rehearsal space, sports grounds, festivals",
        3,
        30,
    ),
    (
        "employment",
        "就业创业",
        "Work and business",
        "招聘信息、技能培训、小店经营",
        "Job openings, training, small businesses",
        3,
        30,
    ),
    (
        "other",
        "其他",
        "Other",
        "拿不准属于哪一类，就选这里",
        "When you are not sure which one fits",
        3,
        30,
    ),
]

# Title, body. What stands in {} is filled in when it is sent (`demands.services.replies`); staff fill in what stands
# in 【】.
STANDARD_REPLIES = [
    (
        "受理告知",
        (
            "{称呼}，您好。您反映的事情（{编号}，{地点}）我们已经受理，由{部门}负责，办结期限是{期限}。"
            "有进展我们会写在这里，您可以随时用查询码查看。"
        ),
    ),
    (
        "请补充信息",
        (
            "{称呼}，您好。要把这件事办好，还需要您补充：【具体位置、大概时间或照片】。"
            "您可以在查询页面直接补充；如果 10 个工作日内没有收到，我们会先按现有信息办理。"
        ),
    ),
    (
        "现场核实",
        (
            "{称呼}，您好。我们已于【日期】和【社区、物业】一起到现场看过，"
            "情况是：【看到的情况】。接下来准备这样做：【措施和时间】。"
        ),
    ),
    (
        "已转交部门",
        (
            "{称呼}，您好。您反映的事情（{编号}）需要【部门】处理，我们已于【日期】转交并说明了您的要求。"
            "转交之后仍由{部门}跟进，结果会写在这里。"
        ),
    ),
    (
        "列入协商",
        (
            "{称呼}，您好。这件事牵涉的人比较多，我们会在【日期】的议事会上请居民、"
            "物业和有关单位一起商量，欢迎您参加。商量的结果会写在这里。"
        ),
    ),
    (
        "不在职责范围",
        (
            "{称呼}，您好。这件事不在社区和街道的职责范围，应由【单位】负责，您可以通过【途径】联系他们。"
            "我们已把大家的意见转告该单位；对方如有答复，我们会补充在这里。"
        ),
    ),
    (
        "目前做不到",
        (
            "{称呼}，您好。您的建议我们认真研究过，目前还做不到，原因是："
            "【原因】。眼下能做的是：【替代办法】。条件有变化时，我们会重新考虑。"
        ),
    ),
    (
        "办结告知",
        (
            "{称呼}，您好。您反映的事情（{编号}）已经办完：【做了什么】。是否真的解决了由您来说，"
            "请在查询页面评价；如果没有解决，可以要求重新办理。"
        ),
    ),
]
