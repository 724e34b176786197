"""A visitor's own support of a demand: recognised by their cookie, or by the link in a message."""

from django.core import signing
from django.urls import reverse

from foundation import visitors
from foundation.links import absolute

from ..models import Demand, Support

SALT = "demands.selectors.supports"


def mine(request, demand: Demand) -> Support | None:
    """Return the visitor's support of a demand. One query, or none for a visitor without a cookie."""
    if visitors.COOKIE not in request.COOKIES:
        return None
    name = visitors.visitor_hash("support", visitors.visitor_of(request))
    return demand.supports.filter(visitor=name).first()


def signed_link(pk: int) -> str:
    """Return the full URL of the page that shows what moved, and stops the messages. It never expires."""
    return absolute(reverse("support_news", args=[signing.dumps(pk, salt=SALT)]))


def find(token: str) -> Support | None:
    """Return the support that a signed link is for, with its demand and contact."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Support.objects.select_related("demand", "contact").filter(pk=pk).first()
