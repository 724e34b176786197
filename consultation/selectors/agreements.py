"""Agreements with all that their rows show."""

from django.db import models

from ..models import Picture
from ..models.agreements import AgreementQuerySet


def drawn(agreements: AgreementQuerySet) -> AgreementQuerySet:
    """With all that `_agreement.html` shows; its approved photos as `shown_pictures`. One query more."""
    photos = models.Prefetch("pictures", Picture.objects.public(), to_attr="shown_pictures")
    return agreements.select_related("event", "organisation", "project").prefetch_related(photos)
