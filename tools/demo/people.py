"""Invented members, their resources, and their reports."""

from members.models import MemberLevel

# Invented: name, English name, level, sector, role, English role, slug of the venue where they receive, when.
INVENTED = [
    (
        "林知夏",
        "Lin Zhixia",
        MemberLevel.DISTRICT,
        "law",
        "律师",
        "Lawyer",
        "consultation-studio-yulan",
        "每月第二个周三 14:30–16:30",
    ),
    (
        "周望春",
        "Zhou Wangchun",
        MemberLevel.DISTRICT,
        "medicine",
        "社区医生",
        "Community doctor",
        "consultation-studio-yinxing",
        "每月第一个周六 9:00–11:00",
    ),
    (
        "许清和",
        "Xu Qinghe",
        MemberLevel.DISTRICT,
        "education",
        "小学教师",
        "Primary school teacher",
        "consultation-studio-wutong",
        "每月第三个周六 9:30–11:30",
    ),
    (
        "沈嘉木",
        "Shen Jiamu",
        MemberLevel.CITY,
        "science",
        "结构工程师",
        "Structural engineer",
        "deliberation-home-zhongyang-huayuan",
        "每月最后一个周五 15:00–17:00",
    ),
    (
        "陆听荷",
        "Lu Tinghe",
        MemberLevel.DISTRICT,
        "culture",
        "合唱指挥",
        "Choir conductor",
        "deliberation-home-xiangzhang",
        "每周四 15:00–16:30",
    ),
    (
        "顾行舟",
        "Gu Xingzhou",
        MemberLevel.DISTRICT,
        "commerce",
        "餐饮店主",
        "Restaurant owner",
        "deliberation-home-guihua",
        "每月第一个周五 14:00–16:00",
    ),
    (
        "何素心",
        "He Suxin",
        MemberLevel.DISTRICT,
        "welfare",
        "养老服务站站长",
        "Head of an elder care station",
        "members-home-nanhu",
        "每周一 9:00–11:00",
    ),
    ("委员演示账号", "Demo member", MemberLevel.DISTRICT, "economy", "", "", "", ""),
]

# Invented: category, title, what it is, the member who offers it.
RESOURCES = [
    ("legal", "家门口的法律咨询", "合同、邻里纠纷、用工问题，每次半小时，免费。", "林知夏"),
    ("health", "慢病用药咨询", "为老人核对用药、讲解体检报告，需要时联系家庭医生。", "周望春"),
    ("education", "小学生作业习惯指导", "面向家长的小组课，每组 10 个家庭，四次一期。", "许清和"),
    ("everyday", "房屋和设施看诊", "到现场看渗水、开裂和公共设施的毛病，给出修的办法和大概费用。", "沈嘉木"),
    ("culture", "社区合唱队指导", "为合唱队、戏曲社排练作指导，可以带队参加街道演出。", "陆听荷"),
    ("employment", "餐饮岗位优先招录", "片区店铺的服务员、厨工岗位，优先面试待业居民。", "顾行舟"),
    ("everyday", "居家适老化评估", "上门看浴室、门槛、床边，列出先改什么，可申请补贴的一并说明。", "何素心"),
]

# More of the invented resources: title → uses a month, communities served, for whom.
TERMS = {
    "家门口的法律咨询": (12, (), "本街道居民和小店主"),
    "房屋和设施看诊": (6, (), "住户、楼栋长和物业"),
    "社区合唱队指导": (4, ("xiangzhang", "guihua", "yinxing", "wutong"), "合唱队、戏曲社等居民团队"),
    "居家适老化评估": (8, (), "60 岁以上老人的家庭"),
    "慢病用药咨询": (10, (), "长期服药的居民"),
}
# Of the demo member: one open, one waiting for review. Category, title, what it is, uses a month.
OF_DEMO_MEMBER = [
    ("funding", "小微企业贴息贷款辅导", "帮小店看条件、理材料，陪同到银行办理。", 4),
    ("venue", "会议室周末借用", "周末可坐 30 人，有投影，提前一周预约。", 2),
]

# For the annual showcase: member, title, text.
STORIES = [
    (
        "林知夏",
        "每月第二个周三",
        "法律接待从一张桌子开始，来的人先说事，再一起看条文。邻居之间能坐下来写约定的，就不去打官司。",
    ),
    (
        "沈嘉木",
        "看楼的人",
        "谁家墙面渗水，他带着手电去看。看完只说三句话：为什么漏，先修哪里，大概多少钱。",
    ),
]
