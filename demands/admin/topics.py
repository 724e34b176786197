"""What demands add to the admin of topics: the demands that a topic grew from."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.admin.topics import TopicAdmin
from consultation.models import Topic
from foundation.modeladmin import extends

from ..models import Demand


@extends(Topic)
class GrownTopicAdmin(TopicAdmin):
    shown = ("state", "outcome", "on_event", "orders", "grown_from", "created_at")

    @admin.display(description=gettext_lazy("来自哪些需求"))
    def grown_from(self, topic):
        demands = Demand.objects.filter(topic_links__topic=topic).order_by("pk").values_list("pk", "ref")
        links = ((reverse("admin:demands_demand_change", args=[pk]), ref) for pk, ref in demands)
        return format_html_join(_("、"), '<a href="{}">{}</a>', links) or "—"
