"""The papers of an event: as Word, as a page to print, and the sign-in sheet with residents' forms of address."""

from django.http import Http404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultation.models import Event
from consultation.models.subdistricts import Voice
from foundation import contacts, drafts
from foundation.modeladmin import act, extends
from foundation.paper_forms import UncoveredPaperForm
from foundation.paper_kinds import PaperKind
from foundation.paper_pages import Ways, listed, printed, word

from ..selectors.papers import KINDS, SIGN_IN, paper_of, why_not
from .events import AttendedEventAdmin


@extends(Event)
class PaperedEventAdmin(AttendedEventAdmin):
    def get_urls(self):
        return [
            self.page("<int:pk>/papers/", self.papers),
            self.page("<int:pk>/papers/<slug:kind>/", self.paper),
            self.page("<int:pk>/papers/<slug:kind>.docx", self.paper_word),
            self.page("<int:pk>/papers/<slug:kind>/reveal/", self.uncovered_paper, keeps_drafts=False),
            *super().get_urls(),
        ]

    def rows_to_act_on(self, request):
        return super().rows_to_act_on(request).with_place()

    def offered(self, user, event) -> dict[str, bool]:
        return {**super().offered(user, event), "papers": True}

    @act()
    @method_decorator(require_safe)
    def papers(self, request, event):
        """List the papers that can be made about an event."""
        may_reveal = request.user.has_perm("consultation.reveal_sign_up") and _named(event).exists()
        ways = [
            Ways(
                kind.label,
                why_not(event, kind),
                self.address("paper_word", event.pk, kind.name),
                self.address("paper", event.pk, kind.name),
                self.address("uncovered_paper", event.pk, kind.name) if may_reveal and kind is SIGN_IN else "",
            )
            for kind in KINDS
        ]
        return listed(self, request, event, ways, _("签到表里报名的居民只写序号；要写称呼，须写明理由。"))

    @act()
    @method_decorator(require_safe)
    def paper(self, request, event, kind: str):
        """Show a paper as a page to print."""
        found = _kind(event, kind)
        return printed(
            request,
            [paper_of(event, found)],
            title=f"{found.label} {event}",
            back=self.address("papers", event.pk),
            word_address=self.address("paper_word", event.pk, kind),
        )

    @act()
    @method_decorator(require_safe)
    def paper_word(self, request, event, kind: str):
        return word([paper_of(event, _kind(event, kind))], Voice(event.area_id))

    @act("consultation.reveal_sign_up")
    def uncovered_paper(self, request, event, kind: str):
        """Ask for a reason and make the sheet with names; records for each sign-up who, when and why."""
        if _kind(event, kind) is not SIGN_IN or not _named(event).exists():
            raise Http404
        form = UncoveredPaperForm(self.data(request), example=_("当天人多，按姓名签到"))
        back = self.address("papers", event.pk)
        if request.method == "POST" and form.is_valid():
            signed = [(one.contact, one) for one in _named(event)]
            try:
                shown = contacts.reveal_all(signed, actor=request.user, reason=form.cleaned_data["reason"])
            except contacts.LostKey:
                form.add_error(None, contacts.LOST_KEY)
            else:
                drafts.done(request)
                numbers = [one.number for _contact, one in signed]
                called = {number: values["called"] for number, values in zip(numbers, shown, strict=True)}
                made = [paper_of(event, SIGN_IN, called=called)]
                if form.cleaned_data["format"] == "word":
                    return word(made, Voice(event.area_id))
                return printed(request, made, title=f"{SIGN_IN.label} {event}", back=back, uncovered=True)
        status = 422 if form.errors else 200
        return self.act_page(
            request, event, form, _("%(kind)s，含称呼") % {"kind": SIGN_IN.label}, _("生成"), status=status, back=back
        )


def _kind(event: Event, name: str) -> PaperKind:
    """The kind that an address names. Raises `Http404` where it cannot be made."""
    kind = next((kind for kind in KINDS if kind.name == name), None)
    if kind is None or why_not(event, kind):
        raise Http404
    return kind


def _named(event: Event):
    """The sign-ups whose form of address may be on the sheet."""
    return event.sign_ups.confirmed().filter(contact__isnull=False).select_related("contact")
