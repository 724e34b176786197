"""The sign-ups of an event, as pages of the event's admin."""

from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation.modeladmin import ActingAdmin, act


class SignedUpAdmin(ActingAdmin):
    """Admin of a model for which people sign up."""

    def get_urls(self):
        return [
            self.page("<int:pk>/signups/", self.sign_ups),
            self.page("<int:pk>/signups/<int:number>/reveal/", self.reveal),
            *super().get_urls(),
        ]

    def sign_ups_of(self, event):
        return event.sign_ups.select_related("contact")

    @act("consultation.view_signup")
    @method_decorator(require_safe)
    def sign_ups(self, request, event):
        """Show the list of sign-ups, to be printed and ticked off at the door."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("报名名单"),
            "event": event,
            "back": self.back_to(event),
            "sign_ups": list(self.sign_ups_of(event).active()),
        }
        return render(request, "admin/consultation/event/sign_ups.html", context)

    @act("consultation.reveal_sign_up")
    def reveal(self, request, event, number):
        sign_up = get_object_or_404(event.sign_ups.select_related("contact"), number=number, contact__isnull=False)
        return self.ask_to_reveal(
            request,
            event,
            sign_up.contact,
            subject=sign_up,
            heading=_("报名第 %(number)s 号的联系方式") % {"number": number},
            example=_("通知改时间，短信未送达"),
        )
