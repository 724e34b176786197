"""Agreements as the public pages list them."""

from django.db import models

from ..models import Picture
from ..models.agreements import AgreementQuerySet


def drawn(agreements: AgreementQuerySet) -> AgreementQuerySet:
    """Fetch what `_agreement.html` shows, approved photos as `shown_pictures`. Adds one query."""
    photos = models.Prefetch("pictures", Picture.objects.public(), to_attr="shown_pictures")
    return agreements.select_related("event", "organisation", "project").prefetch_related(photos)
