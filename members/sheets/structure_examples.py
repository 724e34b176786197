"""Rows of an invented subdistrict, as staff fill them in: what the example workbook shows."""

from consultation.sheets.structure_examples import Rows

MEMBERS: Rows = (
    {
        "name": "王芳",
        "level": "区政协委员",
        "sector": "教育界",
        "role": "桂花中学教师",
        "about": "教初中语文，愿意陪孩子们读书。",
        "phone": "027-87650001",
        "opens_account": "是",
        "order": 1,
    },
    {"name": "赵强", "level": "市政协委员", "role": "律师", "opens_account": "是", "order": 2},
    {"name": "孙丽", "role": "社区医生", "order": 3},
)
ACCOUNTS: Rows = (
    {"name": "李明", "role": "社区工作人员", "areas": "桂花社区", "office": "桂花社区居委会"},
    {"name": "周静", "role": "社区工作人员", "areas": "柳园社区、荷塘社区", "office": "柳园社区居委会"},
)
RESOURCES: Rows = (
    {
        "title": "家门口的法律咨询",
        "category": "法律服务",
        "member": "赵强",
        "about": "合同和邻里纠纷，每次半小时，请先约时间。",
        "areas": "桂花社区、柳园社区",
        "capacity": 4,
        "opens": "是",
    },
    {
        "title": "周末图书角",
        "category": "教育服务",
        "organisation": "荷塘小学",
        "about": "周六上午开放图书馆，家长可以陪孩子看书。",
        "for_whom": "小学生和家长",
    },
)
