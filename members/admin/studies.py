"""Extensions of the study note admin: push notes, and see by name, without any ranking, who read them."""

from django.contrib import admin, messages
from django.db.models import Count
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from consultation.admin.rhythm import StudyNoteAdmin
from consultation.models import StudyNote
from foundation.forms import ActForm
from foundation.modeladmin import act, extends

from ..services import studies


@extends(StudyNote)
class PushedStudyNoteAdmin(StudyNoteAdmin):
    list_display = (*StudyNoteAdmin.list_display, "read_by")

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(read_count=Count("marks"))

    @admin.display(description=gettext_lazy("已读"))
    def read_by(self, note):
        return ngettext("%(count)d 人", "%(count)d 人", note.read_count) % {"count": note.read_count}

    def get_urls(self):
        return [self.page("<int:pk>/push/", self.push), *super().get_urls()]

    def context(self, request, note) -> dict:
        readers = note.marks.select_related("member").order_by("member__order", "member__pk")
        return {
            **super().context(request, note),
            "readers": readers if request.user.has_perm("members.view_studymark") else None,
            "may_push": note.published_at is None and request.user.has_perm("consultation.push_studynote"),
        }

    @act("consultation.push_studynote")
    def push(self, request, note):
        if note.published_at:
            self.message_user(request, _("这一篇已推送，没有重复发送。"), messages.INFO)
            return redirect(self.back_to(note))
        reached = len(studies.reachable(note))
        unreached = studies.readers(note).count() - reached
        warning = ngettext(
            "推送后页面公开，并给 %(count)d 位委员发短信或邮件。",
            "推送后页面公开，并给 %(count)d 位委员发短信或邮件。",
            reached,
        ) % {"count": reached}
        if unreached:
            text = ngettext(
                "另有 %(count)d 位未留联系方式，无法收到。", "另有 %(count)d 位未留联系方式，无法收到。", unreached
            )
            warning += text % {"count": unreached}
        form = ActForm(self.data(request), row=note)
        return self.do(
            request,
            note,
            form,
            _("推送学习要点"),
            _("推送"),
            lambda data: studies.push(note, actor=request.user, version=data["version"]),
            _("已推送。"),
            warning=warning,
        )
