"""Whose accounts somebody may open, lock and close: the rule of lists, buttons and acts alike.

Superusers act on all accounts. Others act on accounts of the roles below their own, and only where the apps above say
how far they reach.
"""

from collections.abc import Callable, Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from .accounts import Role, User
from .actors import Party

PERMISSION = "foundation.control_user"
# By the role of whoever acts, the roles of the accounts that they manage.
MANAGED: dict[str, tuple[Role, ...]] = {Role.LIAISON_STAFF: (Role.COMMUNITY_STAFF, Role.COMMITTEE_MEMBER)}

# By the role of an account, the condition that it belongs to the actor's areas.
_reach: dict[Role, Callable[[User], Q]] = {}


def limit(role: Role, condition: Callable[[User], Q]) -> None:
    """Let staff reach accounts of this role that match `condition(actor)`. To be called from `AppConfig.ready`."""
    _reach[role] = condition


def is_unlimited(actor) -> bool:
    """Whether no areas and roles bind this actor."""
    return actor.party == Party.SYSTEM or bool(actor.user and actor.is_superuser)


def managed_roles(actor) -> list[Role]:
    """The roles of the accounts that an actor opens, and gives to accounts."""
    if is_unlimited(actor):
        return list(Role)
    if not actor.has_perm(PERMISSION):
        return []
    own = actor.groups.values_list("name", flat=True)
    below = {role for name in own for role in MANAGED.get(name, ())}
    return [role for role in Role if role in below and role in _reach]


def accounts_of(actor) -> QuerySet[User]:
    """The accounts that an actor may act on, besides their own: with one managed role, nothing more, in their areas."""
    if is_unlimited(actor):
        return User.objects.all()
    roles = managed_roles(actor)
    if not roles:
        return User.objects.none()
    groups = User.groups.through.objects.filter(user=OuterRef("pk"))
    powers = User.user_permissions.through.objects.filter(user=OuterRef("pk"))
    near = Q()
    for role in roles:
        near |= Q(
            Exists(groups.filter(group__name=role)), ~Exists(groups.exclude(group__name=role)), _reach[role](actor)
        )
    return User.objects.filter(near, ~Exists(powers), is_superuser=False).exclude(pk=actor.pk)


def reached(actor, accounts: Iterable[User]) -> set[int]:
    """The keys of those accounts that an actor may act on, as all are stored now. Two queries for any number."""
    keys = {account.pk for account in accounts}
    return keys if is_unlimited(actor) else set(accounts_of(actor).filter(pk__in=keys).values_list("pk", flat=True))


def reaches(actor, account: User) -> bool:
    """Whether an actor may act on an account, as both are stored now."""
    return account.pk in reached(actor, [account])
