from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"
    verbose_name = _("联络委与委员")

    def ready(self) -> None:
        import members.selectors.invented  # noqa: F401 - registers what it has; models are ready only now
        from consultation.services import alerts  # needs the models
        from foundation import (  # needs the models
            account_reach,
            digests,
            message_templates,
            outbox,
            paper_kinds,
            structure_sheets,
        )
        from foundation.accounts import Role

        from . import messages
        from .selectors import accounts, papers
        from .selectors import digests as sections
        from .services import structure, studies

        message_templates.register(messages.TEMPLATES, messages.render)
        outbox.show_to_staff(messages.visible_to)
        paper_kinds.register(*papers.KINDS)
        alerts.locate(messages.AREAS)
        account_reach.limit(Role.COMMITTEE_MEMBER, accounts.of_own_members)
        digests.register(
            digests.Kind(
                studies.DIGEST,
                _("委员工作汇总"),
                _("把学习要点、请您协助的需求、近期活动和退回的履职登记合成一封邮件。"),
                _("学习要点"),
            )
        )
        digests.add_section(studies.DIGEST, _("接下来的活动"), sections.coming_events)
        digests.add_section(studies.DIGEST, _("退回的履职记录"), sections.returned_duties)
        for sheet, position in structure.SHEETS:
            structure_sheets.register(sheet, position)
