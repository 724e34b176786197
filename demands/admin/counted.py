"""Filters of the lists of demands, questions and dispatches by what the figures count."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.admin.counted import CountedFilter
from foundation import clock

from ..selectors.units import asked_between, question_counts
from ..statistics import sums


class CountedDemands(CountedFilter):
    figures = {
        "received": _("收到"),
        "direction:bottom_up": _("自下而上"),
        "direction:top_down": _("自上而下"),
        "solved": pgettext_lazy("figures", "办结"),
        "consulted": _("经协商"),
        "declined": _("未予办理"),
        "open": pgettext_lazy("figures", "在办"),
        "overdue": pgettext_lazy("figures", "超期"),
        "reopened:yes": pgettext_lazy("figures", "重新办理"),
        "response_overdue": _("逾期未答复"),
    }

    def rows(self, queryset, figure, period):
        if figure == "received":
            return queryset.counted().filter(received_at__range=period.moments)
        return queryset.filter(pk__in=sums.counted_in(figure, clock.now(), period.moments))


class CountedQuestions(CountedFilter):
    figures = {"asked": _("请其答复"), "replied": _("已答复"), "unanswered": _("逾期未答复")}
    field = "demand__area"

    def rows(self, queryset, figure, period):
        return asked_between(queryset, period.moments).filter(question_counts()[figure])


class CountedDispatches(CountedFilter):
    figures = {"used": _("资源服务")}
    field = "demand__area"

    def rows(self, queryset, figure, period):
        return queryset.with_resource_done(period.moments)
