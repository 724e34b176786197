from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemandsConfig(AppConfig):
    name = "demands"
    verbose_name = _("居民需求")

    def ready(self) -> None:
        from foundation import outbox  # models are ready only now

        from . import messages

        outbox.show_to_staff(messages.visible_to)
