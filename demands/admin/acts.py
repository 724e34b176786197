"""The table of acts on demands; the module of each subject registers its acts and pages here."""

from django.utils.translation import gettext as _

from foundation.acts import ActTable

DEMAND_ACTS = ActTable()


def insert_reply(form, subject) -> dict:
    """Insert the chosen standard reply into the answer, to be edited before it is sent."""
    return {} if form.insert_reply() else {"warning": _("请先选择一条标准答复，再填入。")}


# The extra button of every form in which staff answer residents.
ANSWER_BUTTONS = {"fill": insert_reply}
