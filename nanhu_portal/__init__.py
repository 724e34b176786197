"""The portal: settings, addresses, and what spans the apps."""

# The release that this code is: the newest of CHANGELOG.md, and the version in pyproject.toml (a test compares them).
__version__ = "1.0.0"
# The oldest release whose code runs on the tables of this one, and so may be upgraded to it while it serves.
UPGRADES_FROM = "1.0.0"
