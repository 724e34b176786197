"""The quarterly and yearly work report to the district CPPCC, counted from rows.

`kind` is its text with the placeholders, `lists` reads what was done and missed, `making` fills the text in with these
and with the figures of `nanhu_portal.staff_figures`, and `page` asks for the period.
"""
