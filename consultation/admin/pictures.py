"""All photos in one list: which of them wait for review, and what they show."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from foundation.modeladmin import ReadOnlyAdmin, VisibleAdmin
from foundation.queues import Queue, QueueList, Tile, register
from foundation.uploads import PhotoReview
from foundation.work_lists import WorkListAdmin

from ..models import Picture
from ..models.pictures import WORK_ORDER

# The queue uses Django's own filter of the field.
register(
    QueueList(
        "consultation.Picture",
        (
            Queue(
                PhotoReview.PENDING.value,
                PhotoReview.PENDING.label,
                lambda rows, user: rows.pending(),
                Tile(gettext_lazy("现场照片待审"), 140),
            ),
        ),
        parameter="review__exact",
    )
)


@admin.register(Picture)
class PictureAdmin(WorkListAdmin, VisibleAdmin, ReadOnlyAdmin):
    """A list only: photos are reviewed on the page of the row they belong to."""

    list_display = ("alt", "of", "review", "uploaded_by", "created_at")
    list_display_links = None
    list_filter = ("review",)
    list_select_related = ("venue", "event", "agreement", "project", "uploaded_by")
    work_order = WORK_ORDER
    sortable_by = ("created_at",)

    @admin.display(description=gettext_lazy("在哪里"))
    def of(self, picture):
        owner = picture.owner
        page = reverse(f"admin:consultation_{owner._meta.model_name}_photos", args=[owner.pk])
        return format_html('<a href="{}">{}</a>', page, owner)
