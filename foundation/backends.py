"""Permissions. Separate from `accounts`, because Django's backend needs the user model when it is imported."""

import functools

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models import Exists, OuterRef

from .accounts import User
from .drafts import Draft


class RoleBackend(ModelBackend):
    """Permissions come from groups alone; no user has individual ones, so the query for them is skipped.

    Every request of somebody who is signed in asks for the account and for these. Their SQL is made once: anew for each
    request it takes several times as long as running it.
    """

    def get_user(self, user_id):
        """With `has_drafts`, so that no page asks for the draft of somebody who has none."""
        statement, parameters = _by_key()
        user = next(iter(User.objects.raw(statement, [*parameters, user_id])), None)
        return user if user and self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj, obj=None):
        if not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser or obj is not None:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            with connection.cursor() as cursor:
                cursor.execute(_of_groups(), [user_obj.pk])
                user_obj._perm_cache = {f"{app}.{name}" for app, name in cursor}
        return user_obj._perm_cache

    def _get_user_permissions(self, user_obj):
        return Permission.objects.none()


@functools.cache
def _by_key() -> tuple[str, tuple]:
    """Return the SQL for one user, and its parameters but for the last, the key."""
    users = User.objects.annotate(has_drafts=Exists(Draft.objects.filter(user=OuterRef("pk"))))
    statement, parameters = users.filter(pk=0).query.sql_with_params()
    return statement, parameters[:-1]


@functools.cache
def _of_groups() -> str:
    """Return the SQL for what the groups of one user may do; its parameter is the user's key."""
    found = Permission.objects.filter(group__user=0).order_by().values_list("content_type__app_label", "codename")
    return found.query.sql_with_params()[0]
