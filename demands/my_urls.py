"""Addresses under /my/demands/: a member's dispatches, and those they may claim."""

from django.urls import path

from .views import dispatches

urlpatterns = [
    path("", dispatches.dispatch_list, name="my_demands"),
    path("<int:pk>/", dispatches.dispatch_detail, name="my_demand"),
    path("<int:pk>/claim/", dispatches.dispatch_claim, name="my_demand_claim"),
    path("<int:pk>/move/<str:status>/", dispatches.dispatch_move, name="my_demand_move"),
    path("<int:pk>/progress/", dispatches.dispatch_progress, name="my_demand_progress"),
    path("<int:pk>/report/", dispatches.dispatch_report, name="my_demand_report"),
    path("<int:pk>/contact/", dispatches.dispatch_contact, name="my_demand_contact"),
    path("<int:pk>/photos/<int:photo>.jpg", dispatches.dispatch_photo, name="my_demand_photo"),
]
