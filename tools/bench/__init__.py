"""The parts of `manage.py bench`: a filled database, a floor to compare with, a load client, and a report."""
