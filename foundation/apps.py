from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = _("账号与系统")

    def ready(self) -> None:
        # All need the models to be loaded.
        from . import (
            account_messages,
            digests,
            message_templates,
            outbox,
            readiness_checks,  # noqa: F401 - registers its checks
            sign_ins,  # noqa: F401 - connects to Django's signals
        )

        message_templates.register(digests.TEMPLATES, digests.render)
        message_templates.register(account_messages.TEMPLATES, account_messages.render)
        outbox.show_to_staff(account_messages.visible_to)
