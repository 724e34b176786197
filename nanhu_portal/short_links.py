"""What the short address in a text message opens: it leads on to the signed link of the same message."""

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from foundation import links, outbox, short_links, throttle
from foundation.outbox import OutboxMessage

MISSES_AN_HOUR = 30


@never_cache
@require_safe
def short_link(request: HttpRequest, code: str) -> HttpResponse:
    """Lead on to the page that the message is about. Wrong codes are counted, each visitor's."""
    link = _link(code)
    if link:
        return redirect(link)
    if throttle.is_over("short-link", throttle.client_address(request), MISSES_AN_HOUR, 3600):
        text = _("尝试次数太多，请一小时后再试，也可以打电话或到窗口查询。")
        return render(request, "429.html", {"text": text}, status=429)
    return render(request, "nanhu_portal/short_link_unknown.html", status=404)


def _link(code: str) -> str:
    """The link that the message has as it was sent; empty if there is none any more."""
    if len(code) != short_links.LENGTH or not code.isascii():
        return ""
    message = OutboxMessage.objects.by_short_link(code)
    if message is None:
        return ""
    try:
        with links.as_of(message.started_at):
            return outbox.render(message).parameters.get("link", "")
    except (ObjectDoesNotExist, outbox.Dropped):
        return ""
