"""The head of a page: what it says of itself to search engines and to whom it is sent."""

from django import template
from django.templatetags.static import static
from django.utils.encoding import iri_to_uri
from django.utils.safestring import mark_safe

from foundation.links import absolute

register = template.Library()


class CaptureNode(template.Node):
    def __init__(self, nodelist, name: str) -> None:
        self.nodelist, self.name = nodelist, name

    def render(self, context) -> str:
        # Escaped already, as everything that a template writes.
        context[self.name] = mark_safe(" ".join(self.nodelist.render(context).split()))  # noqa: S308
        return ""


@register.tag
def capture(parser, token) -> CaptureNode:
    """`{% capture as name %}…{% endcapture %}`: keep what stands between, on one line, to be written more than once.

    A block can be written once only, and a page's title and description stand in its head in several places.
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
    """The one address of the page. The pages of a list have their number in it, filters and the like fall away."""
    request = context["request"]
    path, page = iri_to_uri(request.path), request.GET.get("page", "")
    if set(request.GET) == {"page"} and page.isdecimal() and int(page) > 1:
        path += f"?page={int(page)}"
    return absolute(path)


@register.simple_tag
def static_address(path: str) -> str:
    """The full address of a static file, for whoever reads the page elsewhere."""
    return absolute(static(path))
