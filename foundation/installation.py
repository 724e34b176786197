"""What belongs to the whole installation, such as holidays and synonyms, and figures of all of it.

All staff use it; whoever works for all of the installation changes it. Who does is said by the app that knows areas:
where there is one subdistrict, everybody does.
"""

from collections.abc import Callable

_rules: list[Callable[[object], bool]] = []


def limit(rule: Callable[[object], bool]) -> None:
    """Let staff work for all only where `rule(user)` agrees. To be called from `AppConfig.ready`."""
    if rule not in _rules:
        _rules.append(rule)


def works_for_all(user) -> bool:
    """Whether a member of staff works for all of the installation, and not for a part of it."""
    return user.is_superuser or all(rule(user) for rule in _rules)
