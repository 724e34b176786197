"""Addresses where members come in: check-in at an event, a study note read, the resource list."""

from django.urls import path

from .views import check_in, resources, studies

urlpatterns = [
    path("events/<int:pk>/checkin/", check_in.event_check_in, name="event_check_in"),
    path("events/studies/<int:pk>/read/", studies.study_read, name="study_read"),
    path("resources/", resources.resource_list, name="resource_list"),
]
