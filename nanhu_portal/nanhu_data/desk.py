"""Who runs the portal, what demands are about, and what staff answer with often."""

# Phone, address and hours are left for the committee to enter: none of them is made up.
PORTAL = {
    "name": "南湖一线协商",
    "name_en": "Nanhu Consultation Portal",
    "organiser": "武昌区政协南湖街道联络委",
    "organiser_en": "CPPCC Liaison Committee of Nanhu Subdistrict, Wuchang",
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

# Title, body. What stands in {} is filled in when it is sent (`demands.replies`); staff fill in what stands in 【】.
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
