from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


def _seed(sender, using, **kwargs) -> None:
    from foundation import consent  # models are ready only now

    from .roles import sync

    consent.seed(using)
    sync(using)


class PortalConfig(AppConfig):
    name = "nanhu_portal"

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers the system checks

        # Sent for apps with models only; demands is the last of ours, and by then every permission exists.
        post_migrate.connect(_seed, sender=apps.get_app_config("demands"))
