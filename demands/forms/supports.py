"""The form for a contact that visitors leave beside their support."""

from foundation.consent import Purpose
from foundation.consent_forms import ContactToNotifyForm


class NotifyForm(ContactToNotifyForm):
    """A contact to be notified of the progress of a demand."""

    boxes = {"consent": Purpose.SUPPORT}
