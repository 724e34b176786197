"""What `manage.py bench` is made of: a filled database, a floor to compare with, a load client, the table."""
