"""Projects and stories of the article in English."""

# By the Chinese title: the title, and the introduction.
PROJECTS = {
    "校园服务与“天猫校园店”": (
        "Campus services and Tmall Campus Stores",
        "City CPPCC member Zhang Wanxin, drawing on his own resources, had a company registered in Nanhu Subdistrict. "
        "It signed a cooperation agreement with the subdistrict and is setting up Tmall Campus Stores across the city.",
    ),
    "街道创业就业服务中心": (
        "Subdistrict centre for business start-ups and employment",
        "Provincial CPPCC member Fang Zhaohui brought a company to Nanhu, which signed an investment agreement with "
        "the subdistrict. The centre serves local businesses and residents.",
    ),
    "南湖公益街": ("Nanhu Public Welfare Street", "A street for public welfare, planned by the liaison committee."),
    "南湖邻里消费节": (
        "Nanhu Neighbours' Shopping Festival",
        "A themed event, planned in consultation by the liaison committee.",
    ),
    "三圈两线商业新布局": (
        "Three circles and two lines: a new layout for shops",
        "Three shopping areas and two streets for strolling. They build on the eating places already there to bring "
        "the neighbourhood to life in the evening.",
    ),
    "中央花园社区一刻钟便民生活圈": (
        "Fifteen-minute convenience circle of Zhongyang Huayuan Community",
        "What residents of Zhongyang Huayuan Community need every day, within fifteen minutes on foot.",
    ),
}

# By the Chinese title: the title, and the text.
STORIES = {
    "十六场“大家谈”": (
        "Family and School Together, sixteen times",
        "Family and School Together, organised by the members Bao Jing and Cao Zhibing, was chosen as one of Nanhu's "
        "four brand activities. It has met 16 times and served more than a thousand residents.",
    ),
    "把企业带到南湖": (
        "Bringing a company to Nanhu",
        "Zhang Wanxin, city CPPCC member and head of Zhongshang Group, drew on his own resources to have Wuhan "
        "Zhongshang Campus Service Management Co., Ltd. registered in Nanhu Subdistrict. It signed a cooperation "
        "agreement over 200 million yuan, and held the first Neighbours' Benefit Festival with the subdistrict.",
    ),
    "为创业就业搭台": (
        "A stage for start-ups and jobs",
        "Provincial CPPCC member Fang Zhaohui took the initiative to bring a company to Nanhu. It signed an investment "
        "agreement with the subdistrict, and the Nanhu centre for business start-ups and employment came into being.",
    ),
}
NONE = ("", "")
