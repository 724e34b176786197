"""Members: those named in what was reported, with nothing but what was reported; and invented ones, marked as such."""

from members.models import MemberLevel

# 界别 of the Charter that the invented members stand in. Code, name, English name.
SECTORS = [
    ("economy", "经济界", "Economy"),
    ("education", "教育界", "Education"),
    ("medicine", "医药卫生界", "Medicine and health"),
    ("culture", "文化艺术界", "Culture and arts"),
    ("law", "社会法制界", "Society and law"),
    ("science", "科学技术界", "Science and technology"),
    ("commerce", "工商联", "Federation of industry and commerce"),
    ("welfare", "社会福利和社会保障界", "Welfare and social security"),
]

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

# Category, English: what the resource list begins with.
RESOURCE_CATEGORIES = [
    ("everyday", "便民服务", "Everyday services"),
    ("legal", "法律服务", "Legal services"),
    ("education", "教育服务", "Education"),
    ("funding", "资金支持", "Funding"),
    ("health", "健康服务", "Health"),
    ("culture", "文化服务", "Culture"),
    ("employment", "就业服务", "Employment"),
    ("venue", "场地支持", "Space"),
    ("other", "其他", "Other"),
]

# Invented: category, title, what and for whom, the member who brings it.
RESOURCES = [
    ("legal", "家门口的法律咨询", "合同、邻里纠纷、用工问题，每次半小时，免费。", "林知夏"),
    ("health", "慢病用药咨询", "为老人核对用药、讲解体检报告，需要时联系家庭医生。", "周望春"),
    ("education", "小学生作业习惯指导", "面向家长的小组课，每组 10 个家庭，四次一期。", "许清和"),
    ("everyday", "房屋渗漏看诊", "到现场看渗水、开裂的原因，给出修的办法和大概费用。", "沈嘉木"),
    ("culture", "社区合唱队指导", "为合唱队、戏曲社排练作指导，可以带队参加街道演出。", "陆听荷"),
    ("employment", "餐饮岗位优先招录", "片区店铺的服务员、厨工岗位，优先面试待业居民。", "顾行舟"),
    ("everyday", "居家适老化评估", "上门看浴室、门槛、床边，列出先改什么，可申请补贴的一并说明。", "何素心"),
]
