"""Admin pages of profiles: what members changed of their own, the old beside the new; approve or refuse it."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from foundation.keys import key_of
from foundation.modeladmin import ReadOnlyAdmin, TransitionAdmin, act
from foundation.photos import photo_response
from foundation.queues import Queue, QueueList, Tile, register
from foundation.work_lists import WorkListAdmin

from .. import selectors, services
from ..forms.profiles import ReviewForm
from ..models import ProfileChange
from ..models.profiles import WORK_ORDER
from ..workflow import PROFILE_MOVES, ProfileStatus

# The address of Django's own filter on the field.
register(
    QueueList(
        "members.ProfileChange",
        (
            Queue(
                ProfileStatus.SUBMITTED.value,
                ProfileStatus.SUBMITTED.label,
                lambda rows, user: rows.awaiting(),
                Tile(gettext_lazy("委员资料待审核"), 175),
            ),
        ),
        parameter="status__exact",
    )
)


@admin.register(ProfileChange)
class ProfileChangeAdmin(WorkListAdmin, TransitionAdmin, ReadOnlyAdmin):
    table = PROFILE_MOVES
    transition_form = ReviewForm
    moved_by = services.profiles.MOVED_BY
    list_display = ("member", "status", "created_at")
    list_filter = ("status",)
    list_select_related = ("member",)
    work_order = WORK_ORDER
    sortable_by = ("status", "created_at")
    show_facets = admin.ShowFacets.NEVER

    def get_queryset(self, request):
        return ProfileChange.objects.visible_to(request.user)

    def get_urls(self):
        return [
            self.page("<int:pk>/portrait.jpg", self.portrait),
            self.page("<int:pk>/contact/", self.reveal, "contact"),
            *super().get_urls(),
        ]

    def change_view(self, request, object_id, form_url="", extra_context=None):
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related("member__contact", "member__committee", "contact")
        change = get_object_or_404(rows, pk=key_of(object_id))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(change),
            "change": change,
            "buttons": self.buttons(request, change),
            "differences": selectors.profiles.differences(change) if change.is_open else [],
            "transitions": list(change.transitions.select_related("actor").order_by("-at", "-pk")),
        }
        return render(request, "admin/members/profilechange/detail.html", context)

    @method_decorator(require_safe)
    @act("members.view_profilechange")
    def portrait(self, request, change):
        if not change.full:
            raise Http404
        return photo_response(request, change, True)

    @act("foundation.reveal_contact")
    def reveal(self, request, change):
        """Show the contact that a member wants stored, to call them before it is."""
        if change.contact is None:
            raise Http404
        return self.ask_to_reveal(request, change, change.contact, subject=change.member, example=_("致电核对新号码"))

    def refuse_transition(self, request, row, to):
        if not request.user.has_perm("members.review_profilechange"):
            raise PermissionDenied
        return super().refuse_transition(request, row, to)
