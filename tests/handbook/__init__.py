"""The pictures of the handbooks, taken from the demo content on one fixed day: `make handbook-pictures`."""
