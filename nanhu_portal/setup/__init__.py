"""Setting the portal up: `manage.py setup` on the server, and the first-run page, with the same questions.

`answers.py` says what is asked for and how it stands, `forms.py` asks it, `rows.py` and `applying.py` put it into
force. `starting.py` is read before the settings, when there are none yet.
"""
