"""Addresses of members: the directory, resources, check-in, and their workspace /my/ (dispatches are demands')."""

from django.urls import path

from .views import attendance, duties, my_resources, people, profiles, resources, studies, workspace

urlpatterns = [
    path("events/<int:pk>/checkin/", attendance.event_check_in, name="event_check_in"),
    path("events/studies/<int:pk>/read/", studies.study_read, name="study_read"),
    path("members/", people.member_list, name="member_list"),
    path("members/committee/", people.committee, name="committee"),
    path("members/<int:pk>/", people.member_detail, name="member_detail"),
    path("members/<int:pk>/portrait.jpg", people.portrait, name="portrait"),
    path("resources/", resources.resource_list, name="resource_list"),
    path("resources/<int:pk>/", resources.resource_detail, name="resource_detail"),
    path("my/", workspace.home, name="my"),
    path("my/profile/", profiles.profile, name="my_profile"),
    path("my/profile/withdraw/", profiles.profile_withdraw, name="my_profile_withdraw"),
    path("my/profile/portrait.jpg", profiles.profile_portrait, name="my_profile_portrait"),
    path("my/events/", workspace.my_events, name="my_events"),
    path("my/duties/", duties.duty_list, name="my_duties"),
    path("my/duties/new/", duties.duty_new, name="my_duty_new"),
    path("my/duties/<int:pk>/", duties.duty_detail, name="my_duty"),
    path("my/duties/<int:pk>/edit/", duties.duty_edit, name="my_duty_edit"),
    path("my/duties/<int:pk>/photos/<int:photo>.jpg", duties.duty_photo, name="my_duty_photo"),
    path("my/duties/<int:year>/sheet/", duties.duty_sheet, name="my_duty_sheet"),
    path("my/duties/<int:year>.xlsx", duties.duty_export, name="my_duty_export"),
    path("my/resources/", my_resources.resource_list, name="my_resources"),
    path("my/resources/new/", my_resources.resource_new, name="my_resource_new"),
    path("my/resources/<int:pk>/", my_resources.resource_detail, name="my_resource"),
    path("my/resources/<int:pk>/edit/", my_resources.resource_edit, name="my_resource_edit"),
    path("my/resources/<int:pk>/move/<str:status>/", my_resources.resource_move, name="my_resource_move"),
]
