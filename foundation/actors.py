"""Who acts: an account, a person without one, or the portal itself.

An `actor` argument takes an account (`foundation.accounts.User`) or one of the actors here. Each has a `party`, the
`user` to write in logs (by its `pk`), the `office` to show to residents, and `has_perm`.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Party(models.TextChoices):
    """The capacity in which somebody acts."""

    RESIDENT = "resident", _("居民")
    STAFF = "staff", _("工作人员")
    MEMBER = "member", _("委员")
    SYSTEM = "system", _("系统")


@dataclass(frozen=True)
class Actor:
    """Somebody who acts without an account.

    Args:
        office: the office they act for, if any.
    """

    party: Party
    office: str = ""
    user: None = None
    pk: None = None  # of the account

    def has_perm(self, permission: str) -> bool:
        """Jobs and imports may do everything; no other actor without an account has any permission."""
        return self.party == Party.SYSTEM


# Jobs, imports and demo content.
SYSTEM = Actor(Party.SYSTEM)
# The resident who submitted the demand in question, identified by its code.
RESIDENT = Actor(Party.RESIDENT)
