"""Addresses of venues, events, topics, projects and partners."""

from django.urls import path

from .views import (
    agreements,
    events,
    feeds,
    partners,
    pictures,
    projects,
    rhythm,
    sign_ups,
    subdistricts,
    topics,
    venues,
)

urlpatterns = [
    path("venues/", venues.venue_list, name="venue_list"),
    path("venues/platforms/", venues.platform_list, name="platform_list"),
    path("venues/platforms/<slug:slug>/", venues.platform_detail, name="platform_detail"),
    path("venues/<slug:slug>/", venues.venue_detail, name="venue_detail"),
    path("venues/<slug:slug>/poster/", venues.venue_poster, name="venue_poster"),
    path("v/<str:code>/", venues.venue_scan, name="venue_scan"),
    path("pictures/<int:pk>.jpg", pictures.picture, {"small": False}, name="picture"),
    path("pictures/<int:pk>-s.jpg", pictures.picture, {"small": True}, name="picture_thumbnail"),
    path("events/", events.event_list, name="event_list"),
    path("events/calendar.ics", events.calendar_ics, name="calendar_ics"),
    path("events/rhythm/", rhythm.rhythm, name="rhythm"),
    path("events/studies/<int:pk>/", rhythm.study_detail, name="study_detail"),
    path("events/signup/<str:code>/", sign_ups.sign_up_page, name="sign_up"),
    path("events/signup/<str:code>/cancel/", sign_ups.sign_up_cancel, name="sign_up_cancel"),
    path("events/<int:pk>/", events.event_detail, name="event_detail"),
    path("events/<int:pk>.ics", events.event_ics, name="event_ics"),
    path("events/<int:pk>/signup/", sign_ups.event_sign_up, name="event_sign_up"),
    path("feeds/events/", feeds.event_feed, name="event_feed"),
    path("topics/", topics.topic_list, name="topic_list"),
    path("topics/<int:pk>/", topics.topic_detail, name="topic_detail"),
    path("projects/", projects.project_list, name="project_list"),
    path("projects/<int:pk>/", projects.project_detail, name="project_detail"),
    path("projects/agreements/", agreements.agreement_list, name="agreement_list"),
    path("s/<slug:code>/logo.jpg", subdistricts.logo, name="subdistrict_logo"),
    path("partners/", partners.partner_list, name="partner_list"),
    path("partners/<int:pk>/", partners.partner_detail, name="partner_detail"),
]
