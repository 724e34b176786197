"""Macros of all staff, to begin with."""

# Name, what it does, and the title of the standard reply that it answers with.
MACROS = [
    ("受理告知", ("accepts", "assigns", "answers"), "受理告知"),
    ("受理告知并公开", ("accepts", "assigns", "answers", "publishes"), "受理告知"),
    ("请补充信息", ("answers",), "请补充信息"),
]
