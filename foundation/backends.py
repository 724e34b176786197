"""Permissions. Separate from `accounts`, because Django's backend needs the user model when it is imported."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission


class RoleBackend(ModelBackend):
    """Permissions come from groups alone; no user has individual ones, so the query for them is skipped."""

    def _get_user_permissions(self, user_obj):
        return Permission.objects.none()
