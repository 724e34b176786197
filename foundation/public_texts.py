"""Texts that the public reads, or that are sent out: none may hold a personal number (`personal_numbers`).

A model declares such a text as a `PublicCharField` or `PublicTextField`; forms of the model then refuse it at the
field, and no service can save one either. Other forms say `goes_out=True` of their `TextField`. What is sent without
being stored in such a field is checked by its service with `refuse_numbers`.
"""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from . import personal_numbers
from .errors import Refused


def why_not(text: str) -> str:
    """What keeps a text from going out, in a sentence; empty if nothing does."""
    found = personal_numbers.sentence(text)
    return _("%(found)s。这里的文字会公开或发出，请删去，或改用单位的座机、热线。") % {"found": found} if found else ""


def validate(text: str) -> None:
    """For fields of models and forms. Raises `ValidationError`."""
    if isinstance(text, str) and (sentence := why_not(text)):
        raise ValidationError(sentence, code="personal_number")


def refuse_numbers(*texts: str) -> None:
    """For services that send texts out. Raises `Refused`."""
    for text in texts:
        if sentence := why_not(text):
            raise Refused(sentence)


class _Public:
    """A field of the database like any other, so that migrations see no difference."""

    default_validators = [validate]

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, f"django.db.models.{self.stored_as}", args, kwargs

    def get_db_prep_save(self, value, connection):
        """Every way to store a value leads through here: saving, updating, many rows at once."""
        if isinstance(value, str) and (sentence := why_not(value)):
            raise Refused(_("“%(field)s”：%(why)s") % {"field": self.verbose_name, "why": sentence})
        return super().get_db_prep_save(value, connection)


class PublicCharField(_Public, models.CharField):
    stored_as = "CharField"


class PublicTextField(_Public, models.TextField):
    stored_as = "TextField"
