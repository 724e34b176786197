from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FoundationConfig(AppConfig):
    name = "foundation"
    verbose_name = _("账号与系统")

    def ready(self) -> None:
        from . import sign_ins  # noqa: F401 - connects to Django's signals; needs the models to be loaded
