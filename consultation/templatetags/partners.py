"""Partners where other pages name them."""

from collections.abc import Iterable

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from ..models import Organisation

register = template.Library()


@register.simple_tag
def partner_link(partner: Organisation) -> str:
    """A partner by name, with a link to its page while it has one."""
    if not partner.is_active:
        return str(partner)
    return format_html('<a href="{}">{}</a>', reverse("partner_detail", args=[partner.pk]), partner)


@register.simple_tag
def partner_links(partners: Iterable[Organisation]) -> str:
    return format_html_join(_("、"), "{}", ((partner_link(partner),) for partner in partners))
