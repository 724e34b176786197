from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsultationConfig(AppConfig):
    name = "consultation"
    verbose_name = _("区域与议事点")

    def ready(self) -> None:
        import consultation.selectors.invented  # models are ready only now
        import consultation.selectors.readiness
        import consultation.selectors.staffing  # noqa: F401 - all three register what they have
        from foundation import (  # models are ready only now
            account_history,
            account_reach,
            digests,
            installation,
            message_templates,
            outbox,
            sending,
            structure_sheets,
        )
        from foundation.accounts import Role

        from . import messages
        from .models import subdistricts
        from .models.alerts import register
        from .selectors import accounts
        from .services import alerts, structure

        message_templates.register(messages.TEMPLATES, messages.render)
        outbox.show_to_staff(messages.visible_to)
        register(*alerts.KINDS)
        alerts.locate(messages.AREAS)
        sending.when_undeliverable(alerts.undeliverable)
        about = _("把您选择“每日汇总”的事合成一封邮件。")
        digests.register(
            digests.Kind(
                alerts.DIGEST, _("工作提醒汇总"), about, _("请您处理"), page="admin:alerts", on_stop=alerts.stop_digest
            )
        )
        installation.limit(subdistricts.works_for_all)
        account_history.name_codes(accounts.names_by_code)
        account_reach.limit(Role.COMMUNITY_STAFF, accounts.within_areas)
        for sheet, position in structure.SHEETS:
            structure_sheets.register(sheet, position)
