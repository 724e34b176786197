"""Invented content of the demo: places, people, demands, meetings, agreements, accounts and pictures."""
