"""Nanhu as rows: its places, categories and standard replies, and the invented demands of the demo."""
