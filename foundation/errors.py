"""Why an act is refused; each error's text is a sentence for the person."""

from django.utils.translation import gettext as _


class Refused(Exception):
    """The act does not fit the row as it stands; the text says why to the person."""


class Stale(Exception):
    """Somebody changed the row meanwhile; the text says so to the person."""

    def __init__(self) -> None:
        super().__init__(_("这里刚刚被别人改动过。您的操作没有保存，请看过最新情况后再做一次。"))


class TransitionNotAllowed(Refused):
    """The move does not exist, or not for this person; the text says so to them."""


class RequirementMissing(TransitionNotAllowed):
    """What the move requires, a reason or an answer, was not given; the text says what."""
