"""Who acts: an account, somebody without one on what is their own, or the portal itself.

Whatever takes an `actor` takes an account (`foundation.accounts.User`) or one of the actors here; each has a `party`,
the `user` that logs name, by its `pk`, the `office` that residents read, and `has_perm`.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Party(models.TextChoices):
    """On whose side somebody acts."""

    RESIDENT = "resident", _("居民")
    STAFF = "staff", _("工作人员")
    MEMBER = "member", _("委员")
    SYSTEM = "system", _("系统")


@dataclass(frozen=True)
class Actor:
    """Somebody who acts without an account of their own.

    Args:
        office: the office they answer for, where there is one.
    """

    party: Party
    office: str = ""
    user: None = None
    pk: None = None  # of the account

    def has_perm(self, permission: str) -> bool:
        """The portal's own jobs and imports are bound by no permission; nobody else without an account has any."""
        return self.party == Party.SYSTEM


# Jobs, imports and invented content.
SYSTEM = Actor(Party.SYSTEM)
# Whoever raised the demand at hand, known by its code.
RESIDENT = Actor(Party.RESIDENT)
