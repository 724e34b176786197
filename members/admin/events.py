"""Extensions of the event admin: attendance, the QR code at the door, and presenters."""

import contextlib

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consultation.admin.events import EventAdmin
from consultation.models import Event
from consultation.models.subdistricts import Voice
from consultation.services import events
from foundation import clock, portal, qr
from foundation.errors import Refused
from foundation.keys import key_of, keys_in
from foundation.links import absolute
from foundation.modeladmin import act, extends

from .. import forms
from ..models import Attendance, Presenter
from ..selectors.people import members_around
from ..services import attendance
from ..services.people import present


@extends(Event)
class AttendedEventAdmin(EventAdmin):
    def get_urls(self):
        return [
            self.page("<int:pk>/attendance/", self.attend),
            self.page("<int:pk>/attendance/signups/", self.tick),
            self.page("<int:pk>/attendance/remove/", self.remove_attendance),
            self.page("<int:pk>/door/", self.door_sheet, "door"),
            self.page("<int:pk>/door/renew/", self.renew_door),
            self.page("<int:pk>/agenda/<int:item>/", self.presenters),
            *super().get_urls(),
        ]

    def sign_ups_of(self, event):
        return super().sign_ups_of(event).select_related("attendance")

    def agenda_of(self, event):
        presenters = Prefetch("presenters", Presenter.objects.select_related("member"))
        return super().agenda_of(event).prefetch_related(presenters)

    def context(self, request, event) -> dict:
        here = event.attendances.select_related("member", "organisation", "sign_up")
        return {**super().context(request, event), "attendances": list(here)}

    def offered(self, user, event) -> dict[str, bool]:
        now = clock.now()
        change = user.has_perm("consultation.change_event")
        doors_open = not event.is_cancelled and now >= event.starts_at - attendance.EARLY
        return {
            **super().offered(user, event),
            "attend": doors_open and user.has_perm("members.add_attendance"),
            "unattend": user.has_perm("members.delete_attendance"),
            "door": change and not event.is_cancelled and now <= event.ends_at + attendance.LATE,
        }

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
        """Save everything that was filled in, or nothing."""
        for member in data["members"]:
            with contextlib.suppress(attendance.AlreadyThere):
                attendance.record_member(event, member, actor=user)
        if data["organisation"]:
            people = data["organisation_people"]
            attendance.record_organisation(event, data["organisation"], people, actor=user)
        if data["residents"]:
            attendance.record_people(event, data["residents"], key=f"{data['key']}:residents", actor=user)
        if data["sector"]:
            people, sector = data["sector_people"], data["sector"]
            attendance.record_people(event, people, sector=sector, key=f"{data['key']}:sector", actor=user)

    @act("members.add_attendance")
    def tick(self, request, event):
        """Record those on the sign-up list who came."""
        if request.method != "POST":
            return redirect(self.back_to(event))
        numbers = keys_in(request.POST.getlist("number"))[:500]
        came = event.sign_ups.active().filter(number__in=numbers, attendance__isnull=True)
        count = 0
        for sign_up in came:
            try:
                attendance.record_sign_up(event, sign_up, actor=request.user)
            except attendance.AlreadyThere:
                continue  # recorded meanwhile, by their phone or a colleague
            except Refused as error:
                self.message_user(request, str(error), messages.ERROR)
                return redirect(self.back_to(event))
            count += 1
        if count:
            self.message_user(request, _("已登记 %(count)s 人到场。") % {"count": count}, messages.SUCCESS)
        else:
            self.message_user(request, _("没有可登记的，请先勾选尚未登记的报名。"), messages.WARNING)
        return redirect(self.back_to(event))

    @act("members.delete_attendance")
    def remove_attendance(self, request, event):
        def remove():
            key = request.POST.get("attendance", "")
            row = get_object_or_404(Attendance, event=event, pk=key_of(key))
            attendance.remove(row, actor=request.user)

        return self.press(request, event, remove, _("已删除。"))

    # --- The door ---

    @act("consultation.change_event")
    @method_decorator(require_safe)
    def door_sheet(self, request, event):
        """The QR code to print and hang at the door."""
        if event.is_cancelled:
            raise Http404
        query = urlencode({"door": event.door_key})
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("签到码"),
            "event": event,
            "back": self.back_to(event),
            "opens": event.starts_at - attendance.EARLY,
            "closes": event.ends_at + attendance.LATE,
        }
        with portal.showing(Voice(event.area_id)):
            address = absolute(f"{reverse('event_check_in', args=[event.pk])}?{query}")
            context["code"] = qr.drawn(address, error="q")
            response = render(request, "admin/consultation/event/door.html", context)
        response["Cache-Control"] = "no-store"
        return response

    @act("consultation.change_event")
    def renew_door(self, request, event):
        return self.press(
            request,
            event,
            lambda: events.renew_door_key(event, actor=request.user),
            _("签到码已更换，旧码失效，请重新打印张贴。"),
            then=self.address("door", event.pk),
        )

    # --- Presenters ---

    @act("consultation.change_agendaitem")
    def presenters(self, request, event, item):
        item = get_object_or_404(event.agenda, pk=item)
        chosen = list(item.presenters.values_list("member", flat=True))
        form = forms.attendance.PresentersForm(
            self.data(request), row=event, members=members_around(event), initial={"members": chosen}
        )
        heading = _("主讲委员：%(item)s") % {"item": item}
        return self.do(
            request,
            event,
            form,
            heading,
            _("保存"),
            lambda data: present(item, data["members"], actor=request.user, version=data["version"]),
            _("主讲委员已保存。"),
        )
