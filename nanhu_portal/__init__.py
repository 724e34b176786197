"""The portal: settings, addresses, and what spans the apps."""

# The release that this code is: the newest of CHANGELOG.md, and the version in pyproject.toml (a test compares them).
__version__ = "1.0.0"
