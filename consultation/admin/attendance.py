"""Who comes to an event and who was there: sign-ups, attendance and the code at the door, as pages of its desk."""

import contextlib

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from foundation import qr
from foundation.errors import Refused
from foundation.links import absolute
from foundation.modeladmin import ActingAdmin, act
from members.models import Attendance
from members.services import attendance as door
from members.services.agenda import members_around

from .. import forms
from ..services import events


class WhoWasThere(ActingAdmin):
    def get_urls(self):
        return [
            self.page("<int:pk>/signups/", self.sign_ups),
            self.page("<int:pk>/signups/<int:number>/reveal/", self.reveal),
            self.page("<int:pk>/attendance/", self.attend),
            self.page("<int:pk>/attendance/signups/", self.tick),
            self.page("<int:pk>/attendance/remove/", self.remove_attendance),
            self.page("<int:pk>/door/", self.door_sheet, "door"),
            self.page("<int:pk>/door/renew/", self.renew_door),
            *super().get_urls(),
        ]

    # --- Sign-ups ---

    @act("consultation.view_signup")
    @method_decorator(require_safe)
    def sign_ups(self, request, event):
        """The list to print and tick off at the door."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("报名名单"),
            "event": event,
            "back": self.back_to(event),
            "sign_ups": list(event.sign_ups.active().select_related("contact", "attendance")),
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
            example=_("通知改时间，短信没有送达"),
        )

    # --- Attendance ---

    @act("members.add_attendance")
    def attend(self, request, event):
        members, there = members_around(event), Attendance.objects.of_members().filter(event=event)
        there = set(there.values_list("member", flat=True))
        form = forms.attendance.AttendanceForm(
            self.data(request), row=event, members=members, there=there, user=request.user
        )
        return self.do(
            request,
            event,
            form,
            _("登记到场"),
            _("登记"),
            lambda data: self._record(request.user, event, data),
            _("到场已登记。"),
        )

    @transaction.atomic
    def _record(self, user, event, data) -> None:
        """All that was filled in, or nothing of it."""
        for member in data["members"]:
            with contextlib.suppress(door.AlreadyThere):
                door.record_member(event, member, actor=user)
        if data["organisation"]:
            people = data["organisation_people"]
            door.record_organisation(event, data["organisation"], people, actor=user)
        if data["residents"]:
            door.record_people(event, data["residents"], key=f"{data['key']}:residents", actor=user)
        if data["sector"]:
            people, sector = data["sector_people"], data["sector"]
            door.record_people(event, people, sector=sector, key=f"{data['key']}:sector", actor=user)

    @act("members.add_attendance")
    def tick(self, request, event):
        """Tick off those of the sign-up list who came."""
        if request.method != "POST":
            return redirect(self.back_to(event))
        numbers = [int(number) for number in request.POST.getlist("number") if number.isdecimal()][:500]
        came = event.sign_ups.active().filter(number__in=numbers, attendance__isnull=True)
        count = 0
        for sign_up in came:
            try:
                door.record_sign_up(event, sign_up, actor=request.user)
            except door.AlreadyThere:
                continue  # the phone or a colleague was faster: they are there
            except Refused as error:
                self.message_user(request, str(error), messages.ERROR)
                return redirect(self.back_to(event))
            count += 1
        if count:
            self.message_user(request, _("已登记 %(count)s 人到场。") % {"count": count}, messages.SUCCESS)
        else:
            self.message_user(request, _("没有可登记的：请先勾选还没登记的报名。"), messages.WARNING)
        return redirect(self.back_to(event))

    @act("members.delete_attendance")
    def remove_attendance(self, request, event):
        def remove():
            key = request.POST.get("attendance", "")
            row = get_object_or_404(Attendance, event=event, pk=key if key.isdecimal() else None)
            door.remove(row, actor=request.user)

        return self.press(request, event, remove, _("已删去。"))

    # --- The door ---

    @act("consultation.change_event")
    @method_decorator(require_safe)
    def door_sheet(self, request, event):
        """The QR code to print and hang at the door."""
        if event.is_cancelled:
            raise Http404
        query = urlencode({"door": event.door_key})
        address = absolute(f"{reverse('event_check_in', args=[event.pk])}?{query}")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("签到码"),
            "event": event,
            "back": self.back_to(event),
            "code": qr.drawn(address, error="q"),
            "opens": event.starts_at - door.EARLY,
            "closes": event.ends_at + door.LATE,
        }
        response = render(request, "admin/consultation/event/door.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @act("consultation.change_event")
    def renew_door(self, request, event):
        return self.press(
            request,
            event,
            lambda: events.renew_door_key(event, actor=request.user),
            _("已换新签到码，旧的失效，请重新打印张贴。"),
            then=self.address("door", event.pk),
        )
