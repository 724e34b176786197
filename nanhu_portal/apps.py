from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate

from foundation import paper_kinds

from .work_report.kind import REPORT


def _seed(sender, using, **kwargs) -> None:
    from foundation import consent  # needs the models to be loaded

    from .roles import sync

    consent.seed(using)
    sync(using)


class PortalConfig(AppConfig):
    name = "nanhu_portal"

    def ready(self) -> None:
        from . import checks, readiness_checks  # noqa: F401 - register their checks; the second needs the models

        paper_kinds.register(REPORT)

        # The signal is sent only for apps with models; demands is the last of ours, so every permission exists by then.
        post_migrate.connect(_seed, sender=apps.get_app_config("demands"))
