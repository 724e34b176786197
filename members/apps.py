from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("联络委与委员")

    def ready(self) -> None:
        from foundation import outbox  # needs the models to be loaded

        from . import messages

        outbox.show_to_staff(messages.visible_to)
