"""Errors of services. Each error's text is a sentence to show to the user."""

from django.utils.translation import gettext as _


class Refused(Exception):
    """The act does not fit the current state of the row; the text says why."""


class Stale(Exception):
    """Somebody else changed the row meanwhile."""

    def __init__(self) -> None:
        super().__init__(_("内容刚刚被他人修改，您的操作没有保存。请查看最新内容后再操作一次。"))


class TransitionNotAllowed(Refused):
    """The move does not exist, or not for this actor."""


class RequirementMissing(TransitionNotAllowed):
    """Something the move requires, such as a reason or an answer, is missing; the text says what."""
