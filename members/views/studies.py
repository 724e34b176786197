"""A member marks a study note as read."""

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from consultation.models import StudyNote
from foundation.posting import posted_from

from ..services import studies


@posted_from("study_detail")
def study_read(request, pk: int):
    """我已读, for members the note is for; 404 for others."""
    note = get_object_or_404(StudyNote.objects.published().select_related("series"), pk=pk)
    if not request.user.is_authenticated:
        return redirect_to_login(reverse("study_detail", args=[pk]))
    member = get_object_or_404(studies.readers(note), user=request.user)
    if studies.mark_read(note, member):
        messages.success(request, _("已标记为读过。"))
    else:
        messages.info(request, _("您已经标记为读过。"))
    return redirect("study_detail", pk)
