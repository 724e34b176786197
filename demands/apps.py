from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemandsConfig(AppConfig):
    name = "demands"
    verbose_name = _("居民需求")

    def ready(self) -> None:
        from consultation.models.alerts import register  # models are ready only now
        from consultation.services import alerts  # the same
        from foundation import digests, handovers, message_templates, outbox, paper_kinds  # the same
        from members.services import studies

        from . import messages
        from .selectors import digests as sections
        from .selectors import notice_board, papers, proposals
        from .services import lineage
        from .services.alerts import KINDS
        from .services.handovers import WORK

        message_templates.register(messages.TEMPLATES, messages.render)
        handovers.register(*WORK)
        outbox.show_to_staff(messages.visible_to)
        alerts.locate(messages.AREAS)
        register(*KINDS)
        paper_kinds.register(*papers.KINDS, notice_board.NOTICE_BOARD, proposals.PAPER)
        about = _("把您各件需求的进展合成一封邮件。需要您补充情况或邀请您参加活动时，仍会立即单独通知您。")
        digests.register(digests.Kind(lineage.DIGEST, _("需求进展汇总"), about, _("您的需求")))
        digests.add_section(studies.DIGEST, _("请您协助的需求"), sections.in_hand)
        digests.add_section(studies.DIGEST, _("新开放认领的需求"), sections.to_claim)
