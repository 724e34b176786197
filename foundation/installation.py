"""What belongs to the whole installation, such as holidays and synonyms, and figures of all of it.

All staff use it; whoever works for all of the installation changes it. Who does is said by the app that knows areas:
where there is one subdistrict, everybody does. And how commands are typed where it runs.
"""

from collections.abc import Callable
from pathlib import Path

# What deploy/install.sh makes for whoever runs the server.
INSTALLED = Path("/usr/local/sbin/nanhu")
_rules: list[Callable[[object], bool]] = []


def limit(rule: Callable[[object], bool]) -> None:
    """Let staff work for all only where `rule(user)` agrees. To be called from `AppConfig.ready`."""
    if rule not in _rules:
        _rules.append(rule)


def works_for_all(user) -> bool:
    """Whether a member of staff works for all of the installation, and not for a part of it."""
    return user.is_superuser or all(rule(user) for rule in _rules)


def command(text: str) -> str:
    """How a command of manage.py is typed on this server, such as `ready`."""
    if not INSTALLED.exists():
        return f"manage.py {text}"
    return "sudo systemctl start nanhu-worker" if text == "worker" else f"sudo nanhu {text}"
