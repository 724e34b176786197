"""Installs and upgrades as on a server, with real processes; `make test-deploy` and `make try-install` run them."""
