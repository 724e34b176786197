"""Publishing and unpublishing a demand, reviewing its photos, and erasing personal data."""

from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from foundation.acts import Act
from foundation.photos import photo_response

from .. import forms, services
from ..models import PhotoReview
from ..selectors.chain import links_of, stations
from .acts import DEMAND_ACTS


def preview(form, demand) -> dict:
    """Render what the public will see with the template of the public page."""
    if not form.is_valid():
        return {}
    data = form.cleaned_data
    demand.public_title, demand.public_summary = data["title"], data["summary"]
    demand.public_result = data["result"]
    context = {
        "demand": demand,
        "stations": stations(demand, demand.transitions.all(), links_of(demand), draft=True),
        "photos": demand.photos.filter(review=PhotoReview.APPROVED),
        "preview": True,
    }
    drawn = mark_safe(  # nosec B308, B703 # noqa: S308 - both are templates of ours, which escape
        render_to_string("demands/_demand_public.html", context)
        + render_to_string("demands/_demand_photos.html", context)
    )
    return {"preview": drawn}


def _publish(demand, *, actor, version, **texts):
    publication = services.publishing.Publication(**texts)
    return services.publishing.publish(demand, publication, actor=actor, version=version)


def _erase(demand, *, actor, version):
    # Without a version: erasing must not fail because something else changed meanwhile.
    return services.handling.erase(demand, actor=actor)


def _photo(demand, photo: int):
    return get_object_or_404(demand.photos, pk=photo)


DEMAND_ACTS.add(
    Act(
        name="publish",
        permission="demands.publish_demand",
        form=forms.publishing.PublishForm,
        service=_publish,
        heading=gettext_lazy("公开"),
        button=gettext_lazy("公开"),
        success_message=gettext_lazy("已公开。"),
        buttons={"preview": preview},
        context={"preview_button": True},
    ),
    Act(
        name="unpublish",
        permission="demands.publish_demand",
        form=forms.handling.ConfirmForm,
        service=services.publishing.unpublish,
        heading=gettext_lazy("撤下公开"),
        button=gettext_lazy("撤下公开"),
        success_message=gettext_lazy("已撤下，标题和摘要仍保留在工作台。"),
    ),
    Act(
        name="erase",
        permission="demands.erase_demand",
        form=forms.handling.ConfirmForm,
        service=_erase,
        heading=gettext_lazy("删除个人信息"),
        button=gettext_lazy("删除"),
        success_message=gettext_lazy("联系方式、原话、往来和照片已删除，编号和统计数字保留。"),
        warning=lambda demand: gettext_lazy(
            "删除后不能恢复：联系方式、居民原话、往来文字和照片都会删除，公开页面也会撤下。"
        ),
    ),
    Act(
        name="review_photo",
        address="<int:pk>/photos/<int:photo>/",
        permission="demands.change_demandphoto",
        find=_photo,
        form=forms.publishing.PhotoForm,
        service=services.publishing.review_photo,
        success_message=gettext_lazy("照片已审核。"),
        has_page=False,
    ),
)


@DEMAND_ACTS.page("<int:pk>/photos/<int:photo>.jpg", "demands.view_demand")
def photo(model_admin, request, demand, photo: int):
    return photo_response(request, _photo(demand, photo), "small" in request.GET)
