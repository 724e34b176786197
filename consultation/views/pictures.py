"""Photos of places and results, each shown only to those who may see it."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from foundation.photos import photo_response

from ..models import Picture


@require_safe
def picture(request, pk: int, small: bool):
    return photo_response(request, get_object_or_404(Picture.objects.public(), pk=pk), small, store=True)
