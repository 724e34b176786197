"""Links of demands to consultation: agenda items, agreements, topics."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from consultation.models import AgendaItem, Agreement, Topic
from consultation.workflow import EventStatus
from foundation import clock

from .demand import Demand


class DemandAgendaItemQuerySet(models.QuerySet):
    def with_event(self) -> "DemandAgendaItemQuerySet":
        return self.select_related("agenda_item__event__venue").order_by("agenda_item__event__starts_at", "pk")


class DemandAgendaItem(models.Model):
    """A demand was, or will be, discussed under an agenda item."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="agenda_links", verbose_name=_("需求"))
    agenda_item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="demand_links", verbose_name=_("议程"))
    at = models.DateTimeField(_("时间"), default=clock.now)

    objects = DemandAgendaItemQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("需求所在议程")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["demand", "agenda_item"], name="agenda_link_once")]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.agenda_item_id}"


class DemandAgreementQuerySet(models.QuerySet):
    def public(self) -> "DemandAgreementQuerySet":
        """Those whose agreement is public: its event's minutes are published."""
        return self.filter(agreement__event__status=EventStatus.MINUTES_PUBLISHED)

    def with_agreement(self) -> "DemandAgreementQuerySet":
        return self.select_related("agreement__event__venue", "agreement__organisation", "agreement__project").order_by(
            "agreement__event__starts_at", "agreement__number", "pk"
        )


class DemandAgreement(models.Model):
    """An agreement answers a demand."""

    demand = models.ForeignKey(Demand, models.PROTECT, related_name="agreement_links", verbose_name=_("需求"))
    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="demand_links", verbose_name=_("约定事项"))
    at = models.DateTimeField(_("时间"), default=clock.now)

    objects = DemandAgreementQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("需求所得约定")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["demand", "agreement"], name="agreement_link_once")]

    def __str__(self) -> str:
        return f"{self.demand_id} {self.agreement_id}"


class TopicDemand(models.Model):
    """A topic grew from a demand. The resident was last notified of the topic's `notified_status`."""

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="demand_links", verbose_name=_("征集议题"))
    demand = models.ForeignKey(Demand, models.PROTECT, related_name="topic_links", verbose_name=_("需求"))
    notified_status = models.CharField(max_length=12, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("议题所含需求")
        default_permissions = ("view",)
        constraints = [models.UniqueConstraint(fields=["topic", "demand"], name="topic_demand_once")]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.demand_id}"
