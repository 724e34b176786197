"""Base classes of the model admins."""

import pytest
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured

from consultation.models import Event, Project, StudyNote, Topic, Venue
from foundation.modeladmin import extends


@pytest.mark.parametrize(
    ("model", "extended_by"),
    [(Event, "members"), (Project, "members"), (StudyNote, "members"), (Topic, "demands"), (Venue, "demands")],
)
def test_the_admin_of_a_model_is_the_one_that_an_app_above_extended(model, extended_by):
    found = type(admin.site.get_model_admin(model))
    apps = dict.fromkeys(base.__module__.split(".")[0] for base in found.mro())
    assert list(apps)[:2] == [extended_by, "consultation"]


def test_an_admin_that_would_drop_what_another_adds_is_refused():
    before = admin.site.get_model_admin(Event)
    with pytest.raises(ImproperlyConfigured, match="would replace"):

        @extends(Event)
        class Alone(admin.ModelAdmin):
            pass

    assert admin.site.get_model_admin(Event) is before
