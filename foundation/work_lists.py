"""Lists of the admin from which staff work: in a work order, unless another heading is chosen."""

from django.contrib import admin
from django.contrib.admin.views.main import ORDER_VAR, ChangeList

from .work_order import WorkOrder


class WorkList(ChangeList):
    """The list in its admin's `work_order`."""

    def _get_default_ordering(self):
        return [self.model_admin.work_order.field]

    def get_ordering_field_columns(self):
        """One heading orders the list; a second one would need an index of its own with each other."""
        return dict(list(super().get_ordering_field_columns().items())[:1])

    def get_ordering(self, request, queryset):
        order = self.model_admin.work_order
        return order.by(self._heading() or order.field)

    def _heading(self) -> str:
        """Return the field that the address names, with a minus if backwards; "" if it names none."""
        first = self.params.get(ORDER_VAR, "").split(".")[0]
        number = first.removeprefix("-")
        if not (number.isascii() and number.isdecimal()) or int(number) >= len(self.list_display):
            return ""
        column = self.list_display[int(number)]
        field = self.get_ordering_field(column) if column in self.sortable_by else None
        if field is None:
            return ""
        return f"-{field}" if first.startswith("-") else field


class WorkListAdmin(admin.ModelAdmin):
    """A subclass sets the order, and makes the heading of its field one to sort by."""

    work_order: WorkOrder

    def get_changelist(self, request, **kwargs):
        return WorkList

    def get_ordering(self, request):
        return self.work_order.first()
