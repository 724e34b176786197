"""Who may do what. Apart from `accounts`, since Django's own backend asks for the user model when it is imported."""

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission


class RoleBackend(ModelBackend):
    """Permissions come from roles alone; nobody holds one of their own, so nothing is asked for them."""

    def _get_user_permissions(self, user_obj):
        return Permission.objects.none()
