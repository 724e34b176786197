"""Databases of earlier releases, which `tests/deploy/test_from_releases.py` upgrades; by `make release-fixture`."""
