"""What admin pages of members share: rows that buttons move by a table."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from foundation.modeladmin import ActingAdmin, act
from foundation.workflow import Table, allowed_moves


class MovedAdmin(ActingAdmin):
    """Rows that buttons move. A button says from where to where, and the service behind it does the rest."""

    table: Table
    move_services: dict  # from → to → the service that makes the move
    move_form: type
    move_permission: str  # without it the address is forbidden, whatever the row's status

    def get_urls(self):
        return [self.page("<int:pk>/move/<str:status>/", self.move), *super().get_urls()]

    def buttons(self, request, row) -> list[tuple[str, object]]:
        """The addresses and moves that are possible now and allowed to this person."""
        moves = allowed_moves(self.table[row.status], request.user)
        return [(self.address("move", row.pk, to), move) for to, move in moves.items()]

    @act()
    def move(self, request, row, status):
        if status not in self.table:
            raise Http404
        if not request.user.has_perm(self.move_permission):
            raise PermissionDenied
        move = allowed_moves(self.table[row.status], request.user).get(status)
        if move is None:
            text = _("“%(now)s”现在不能由您这样改。可能刚刚被别人处理过。") % {"now": row.get_status_display()}
            self.message_user(request, text, messages.WARNING)
            return redirect(self.back_to(row))
        form = self.move_form(self.data(request), row=row, move=move, to=status)
        service = self.move_services[row.status][status]

        def press(data):
            service(row, actor=request.user, version=data["version"], **form.given)

        done = _("已记下：%(move)s。") % {"move": move.label}
        return self.do(request, row, form, move.label, move.label, press, done)
