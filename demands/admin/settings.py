"""Categories and standard replies."""

from django.contrib import admin

from foundation.modeladmin import AuditedAdmin

from ..models import Category, CategoryMatch, StandardReply


class CategoryMatchInline(admin.StackedInline):
    """Which resources can help with demands of this category."""

    model = CategoryMatch
    extra = 1


@admin.register(Category)
class CategoryAdmin(AuditedAdmin):
    inlines = (CategoryMatchInline,)
    list_display = ("name", "name_en", "response_days", "resolution_days", "order", "is_active")
    prepopulated_fields = {"code": ("name_en",)}


@admin.register(StandardReply)
class StandardReplyAdmin(AuditedAdmin):
    list_display = ("title", "order", "is_active")
