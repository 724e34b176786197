"""Permissions. Separate from `accounts`, because Django's backend needs the user model when it is imported."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import Exists, OuterRef

from .accounts import User
from .drafts import Draft


class RoleBackend(ModelBackend):
    """Permissions come from groups alone; no user has individual ones, so the query for them is skipped."""

    def get_user(self, user_id):
        """With `has_drafts`, so that no page asks for the draft of somebody who has none."""
        users = User.objects.annotate(has_drafts=Exists(Draft.objects.filter(user=OuterRef("pk"))))
        try:
            user = users.get(pk=user_id)
        except User.DoesNotExist:
            return None
        return user if self.user_can_authenticate(user) else None

    def _get_user_permissions(self, user_obj):
        return Permission.objects.none()
