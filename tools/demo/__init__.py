"""What is invented for the demo: places, people, demands, meetings, agreements, accounts and pictures."""
