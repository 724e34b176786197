"""Merging, taking apart again and splitting demands, as pages of their desk."""

from django.utils.translation import gettext as _

from consultation.models import places
from foundation.modeladmin import ActingAdmin
from foundation.workflow import Move

from .. import services
from ..forms.merging import SplitForm
from ..workflow import UNMERGE, UNSPLIT, DemandStatus


class Merging(ActingAdmin):
    def demand_context(self, request, demand) -> dict:
        """The panel: what it was merged into or split from, and what was merged into it or split off, each opened by
        those who work for its area. The timeline has read them along.
        """
        mine = None if request.user.is_superuser else places.areas_of(request.user)

        def shown(demands) -> list[tuple]:
            return [(one, mine is None or one.area_id in mine) for one in demands]

        joined = [one for one in demand.merged.all() if one.split_from_id != demand.pk]
        parts = list(demand.parts.all())
        return super().demand_context(request, demand) | {
            "hangs_together": {
                "into": shown([demand.merged_into] if demand.merged_into_id else []),
                "whole": shown([demand.split_from] if demand.split_from_id else []),
                "joined": shown(joined),
                "parts": shown(one for one in parts if one.merged_into_id != demand.pk),
                "went_back": shown(one for one in parts if one.merged_into_id == demand.pk),
            }
        }

    def split(self, request, demand, move: Move):
        """Split a demand into parts; one more is asked for by a button."""
        form = SplitForm(self.data(request), demand=demand, user=request.user)
        more = {
            "template": "admin/demands/demand/split.html",
            "warning": _("提出人只有这一件的查询页，各件的进展都写在那里。拆分以后可以取消。"),
        }
        if request.method == "POST" and "add" in request.POST:
            form.add_one()
            return self.act_page(request, demand, form, move.label, move.label, **more)

        def do(data):
            services.merging.split(demand, data["parts"], actor=request.user, version=data["version"])

        said = _("%(ref)s 已拆分，各件从收到之日起按各自类别计算期限。") % {"ref": demand.ref}
        return self.do(request, demand, form, move.label, move.label, do, said, **more)

    def undoing(self, demand, move: Move, status: str) -> str:
        """What is read before a merge or a split is undone."""
        names = {"status": DemandStatus(status).label}
        if move is UNMERGE:
            names["target"] = demand.merged_into.ref
            return _("不再并入 %(target)s，回到“%(status)s”，原来的期限接着算。提出人会收到通知。") % names
        if move is UNSPLIT:
            text = _("拆出的各件并回这一件，回到“%(status)s”，原来的期限接着算。有一件已经结束的，要先重新办理。")
            return text % names
        return ""
