"""The sheets for notice boards: which community and month, then all of them as one page to print or one Word file."""

from urllib.parse import urlencode

from django.utils.translation import gettext as _

from consultation.models.subdistricts import Voice
from foundation.paper_pages import printed, word

from ..forms.notice_board import NoticeBoardForm
from ..selectors.notice_board import sheets
from .acts import DEMAND_ACTS


@DEMAND_ACTS.page("board/", "demands.view_demand", methods=("GET", "HEAD"))
def board(model_admin, request):
    """Ask which sheets are wanted, and show them. What is in them is public, and nothing is changed."""
    asked = "area" in request.GET
    form = NoticeBoardForm(request.GET if asked else None, user=request.user)
    if asked and form.is_valid():
        made = sheets(form.areas, form.period)
        if request.GET.get("format") == "word":
            return word(made, Voice(form.areas[0].pk))
        query = request.GET.copy()
        query["format"] = "word"
        return printed(
            request,
            made,
            title=_("公示"),
            back=model_admin.address("board"),
            word_address=f"{model_admin.address('board')}?{urlencode(list(query.items()))}",
        )
    return model_admin.act_page(
        request,
        None,
        form,
        _("公示"),
        _("打印页"),
        status=422 if form.errors else 200,
        template="admin/demands/demand/board.html",
    )
