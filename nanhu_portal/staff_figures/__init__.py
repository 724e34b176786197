"""Figures of the whole work in a period, by community, responsible unit or category, for staff and for their reports.

`columns` says what is counted and how each figure is defined, `sources` counts it, and `tables.figures()` puts it into
rows. `docs/figures.md` has the definitions in words. What is published has its own pages (`nanhu_portal.annual`,
`rates`, `district`), which withhold small numbers; these are whole, so they are for staff alone.
"""
