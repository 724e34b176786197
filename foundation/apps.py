from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = _("账号与系统")

    def ready(self) -> None:
        from . import (  # needs the models to be loaded
            account_messages,
            digests,
            message_templates,
            sign_ins,  # noqa: F401 - connects to Django's signals; needs the models to be loaded
        )

        message_templates.register(digests.TEMPLATES, digests.render)
        message_templates.register(account_messages.TEMPLATES, account_messages.render)
