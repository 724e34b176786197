"""The sectors of members."""

# 界别 from the Charter. Code, name, English name.
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
