"""The topics 议题征集, and ordering them."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation import throttle, visitors
from foundation.errors import Refused
from foundation.filters import without
from foundation.keys import key_of
from foundation.numbers import people_words
from foundation.paging import page_of

from .. import forms, selectors
from ..filters import TopicFilter
from ..models import Topic, places
from ..services import topics
from ..workflow import TopicStatus

PER_PAGE = 20
DISCUSSED_BELOW = 5
ORDERS_A_DAY = 100
ORDERS_OF_ONE_A_DAY = 20
DAY = 86400


@require_http_methods(["GET", "HEAD", "POST"])
def topic_list(request):
    """Show the menu; on POST, take an order."""
    return _order(request) if request.method == "POST" else _menu(request)


def _menu(request):
    """Show open topics, the most ordered first, and on the first page scheduled and discussed ones below them.

    Where a status is chosen, show all topics of that status.
    """
    filters = TopicFilter(request.GET, request=request, queryset=Topic.objects.public())
    found, status = filters.found(), filters.asked("status")
    page = page_of(request, selectors.topics.of_status(found, status or TopicStatus.OPEN), PER_PAGE)
    below = not status and page.number == 1
    items = list(page.object_list)
    # One more than is shown, to know whether there are more.
    scheduled = list(selectors.topics.of_status(found, TopicStatus.SCHEDULED)[: PER_PAGE + 1]) if below else []
    discussed = list(selectors.topics.of_status(found, TopicStatus.DISCUSSED)[:DISCUSSED_BELOW]) if below else []
    selectors.topics.prepare([*items, *scheduled, *discussed], selectors.topics.known_visitor(request))
    context = {
        "filter": filters,
        "page": page,
        "items": items,
        "status": status,
        "scheduled": scheduled[:PER_PAGE],
        "more_scheduled": len(scheduled) > PER_PAGE,
        "discussed": discussed,
        "community": filters.asked("community"),
        "chosen": filters.chosen(),
        "query": without(request.GET),
        "section": "topics",
    }
    return render(request, "consultation/topic_list.html", context)


@require_safe
def topic_detail(request, pk: int):
    topic = get_object_or_404(_with_event(), pk=pk)
    return _page(request, topic)


def _with_event():
    return Topic.objects.public().select_related("agenda_item__event__venue")


def _page(request, topic: Topic, *, order_form=None, notify_form=None, status: int = 200):
    topic.area = places.area(topic.area_id)
    selectors.subdistricts.enter(request, topic.area_id)
    name = selectors.topics.known_visitor(request)
    mine = topic.orders.filter(visitor=name).first() if name else None
    item = getattr(topic, "agenda_item", None)
    context = {
        "topic": topic,
        "mine": mine,
        "ordered_by": [(who, people_words(people)) for who, people in topics.ordered_by(topic)],
        "item": item,
        "agreements": item.agreements.public().select_related("organisation") if item else (),
        "closed_because": "" if topic.takes_orders else topics.closed_because(topic),
        "order_form": order_form or forms.topics.OrderForm(),
        "notify_form": notify_form
        or (forms.topics.NotifyForm() if mine and topics.may_leave_contact(topic, mine) else None),
        "form": order_form or notify_form,
        "section": "topics",
    }
    return render(request, "consultation/topic_detail.html", context, status=status)


def _ordered_topic(request) -> Topic:
    """Return the topic that the form names. Raises `Http404`."""
    return get_object_or_404(_with_event(), pk=key_of(request.POST.get("topic")))


def _order(request):
    """Take an order 我关心. A signed cookie identifies the visitor; a limit by address curbs those who delete it."""
    topic = _ordered_topic(request)
    leaves_contact = "notify" in request.POST
    form = forms.topics.NotifyForm(request.POST) if leaves_contact else forms.topics.OrderForm(request.POST)
    if not form.is_valid():
        return _page(request, topic, **{"notify_form" if leaves_contact else "order_form": form}, status=422)
    address = throttle.client_address(request)
    if throttle.is_over("order", address, ORDERS_A_DAY, DAY) or throttle.is_over(
        f"order:{topic.pk}", address, ORDERS_OF_ONE_A_DAY, DAY
    ):
        text = _("从您的网络提交的次数太多，请明天再试。")
        return render(request, "429.html", {"text": text}, status=429)
    visitor = visitors.visitor_of(request)
    given = {name: value for name, value in form.cleaned_data.items() if name in ("sector", "phone", "email", "shown")}
    response = redirect("topic_detail", topic.pk)
    try:
        counted = topics.order(topic, visitor, **given)
    except Refused as error:
        messages.warning(request, str(error))
        return response
    if leaves_contact:
        # The message does not reveal whether the contact was known here.
        messages.success(request, _("已保存。这个议题列入议程、有了结果，都会通知您。"))
    elif counted:
        messages.success(request, _("已记录，谢谢您的关心。"))
    else:
        messages.info(request, _("您已经关心过这个议题。"))
    visitors.remember(response, visitor)
    return response
