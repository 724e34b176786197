"""Synonyms of the search, with what they found, and what was searched for in vain."""

import datetime
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import SimpleLazyObject
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation import clock
from foundation.modeladmin import AuditedAdmin, ReadOnlyAdmin
from foundation.words import fold

from ..models import MissedSearch, Synonym, SynonymUse


def _uses(month: datetime.date):
    """How many searches of this month a group of synonyms helped."""
    uses = SynonymUse.objects.filter(synonym=OuterRef("pk"), month=month)
    return Coalesce(Subquery(uses.values("count")), 0)


@admin.register(Synonym)
class SynonymAdmin(AuditedAdmin):
    list_display = ("words", "is_active", "last_month", "this_month")
    list_filter = ("is_active",)
    search_fields = ("words",)
    search_help_text = gettext_lazy("组里的任何一个词")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request):
        this_month = clock.today().replace(day=1)
        last_month = (this_month - datetime.timedelta(days=1)).replace(day=1)
        return super().get_queryset(request).annotate(last_month=_uses(last_month), this_month=_uses(this_month))

    @admin.display(description=gettext_lazy("上月帮到几次搜索"), ordering="last_month")
    def last_month(self, synonym):
        return synonym.last_month

    @admin.display(description=gettext_lazy("本月帮到几次搜索"), ordering="this_month")
    def this_month(self, synonym):
        return synonym.this_month

    def get_deleted_objects(self, objs, request):
        """Leave out the tallies, which go with their words: the page that asks would list each month of each group."""
        deleted, counts, permissions, protected = super().get_deleted_objects(objs, request)
        counts.pop(SynonymUse._meta.verbose_name_plural, None)
        return [one for one in deleted if not isinstance(one, list)], counts, permissions, protected


@admin.register(MissedSearch)
class MissedSearchAdmin(ReadOnlyAdmin):
    """What nothing was found for, each with a link that makes it a synonym, or to the group it is in by now."""

    list_display_links = None
    search_fields = ("words",)
    search_help_text = gettext_lazy("搜的词")
    sortable_by = ()
    show_facets = admin.ShowFacets.NEVER

    def get_list_display(self, request):
        groups = SimpleLazyObject(_groups_by_word)
        may_add = request.user.has_perm("demands.add_synonym")

        @admin.display(description=_("同义词"))
        def synonym(missed):
            group = groups.get(missed.words)
            if group is not None:
                address = reverse("admin:demands_synonym_change", args=[group.pk])
                return format_html('{} <a href="{}">{}</a>', _("已在一组里："), address, group)
            return _link_to_add(missed) if may_add and missed.is_one_word else "—"

        return ("words", "in_month", "count", synonym)

    @admin.display(description=gettext_lazy("月份"))
    def in_month(self, missed):
        return date_format(missed.month, "YEAR_MONTH_FORMAT")


def _groups_by_word() -> dict[str, Synonym]:
    return {fold(word): group for group in Synonym.objects.all() for word in group.group}


def _link_to_add(missed: MissedSearch) -> str:
    """A link to the form for a new group, with the word filled in and ready for the next."""
    query = urlencode({"words": f"{missed.words}、"})
    text, full = _("加为同义词"), _("把“%(word)s”加为同义词") % {"word": missed.words}
    return format_html(
        '<a href="{}?{}" aria-label="{}">{}</a>', reverse("admin:demands_synonym_add"), query, full, text
    )
