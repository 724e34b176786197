"""Tags for the head of a page: metadata for search engines and link previews."""

from urllib.parse import urlencode

from django import template
from django.templatetags.static import static
from django.utils.encoding import iri_to_uri
from django.utils.safestring import mark_safe

from foundation import portal
from foundation.links import absolute
from foundation.paging import PARAMETERS

register = template.Library()


class CaptureNode(template.Node):
    def __init__(self, nodelist, name: str) -> None:
        self.nodelist, self.name = nodelist, name

    def render(self, context) -> str:
        # Already escaped, like all template output.
        context[self.name] = mark_safe(" ".join(self.nodelist.render(context).split()))  # nosec B308, B703 # noqa: S308
        return ""


@register.tag
def capture(parser, token) -> CaptureNode:
    """`{% capture as name %}…{% endcapture %}`: store the content, on one line, in a variable.

    A template block can be output only once, but the title and description are needed several times in the head.
    """
    try:
        _tag, _as, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("Write it as {% capture as name %}.") from None
    nodelist = parser.parse(["endcapture"])
    parser.delete_first_token()
    return CaptureNode(nodelist, name)


@register.simple_tag(takes_context=True)
def canonical(context) -> str:
    """The canonical URL of the page: with the page number of a list, without filters and the like."""
    request = context["request"]
    match = request.resolver_match  # None on the page of an address that does not exist
    if match and match.url_name == "subdistrict":
        return absolute(portal.shown().home)
    path, page = iri_to_uri(request.path), request.GET.get("page", "")
    if set(request.GET) <= set(PARAMETERS) and page.isdecimal() and int(page) > 1:
        after = {"after": request.GET["after"]} if "after" in request.GET else {}
        path += f"?{urlencode({'page': int(page)} | after)}"
    return absolute(path)


@register.simple_tag
def static_address(path: str) -> str:
    """The absolute URL of a static file, for link previews."""
    return absolute(static(path))
