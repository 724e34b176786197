from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


def _sync_roles(sender, using, **kwargs) -> None:
    from .roles import sync  # models are ready only now

    sync(using)


class PortalConfig(AppConfig):
    name = "nanhu_portal"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers the system checks

        # Sent for apps with models only; demands is the last of ours, and by then every permission exists.
        post_migrate.connect(_sync_roles, sender=apps.get_app_config("demands"))
