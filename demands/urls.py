"""Addresses under /demands/. The reference and the code have patterns of their own, so nothing else reaches a query."""

from django.urls import path, re_path

from .views import offices, photos, public, rechecks, similar, submit, track

REF = r"(?P<ref>[A-Z]{2,4}-\d{4}-\d{5,9})"
CODE = "track/<str:code>/"

urlpatterns = [
    path("", public.demand_list, name="demand_list"),
    path("new/", submit.demand_new, name="demand_new"),
    path("similar/", similar.similar_demands, name="similar_demands"),
    path("new/photos/<slug:key>.jpg", photos.staged_photo, name="staged_photo"),
    path("track/", track.track, name="track"),
    path(CODE, track.tracking_page, name="tracking"),
    path(f"{CODE}add/", track.tracking_add, name="tracking_add"),
    path(f"{CODE}rate/", track.tracking_rate, name="tracking_rate"),
    path(f"{CODE}reopen/", track.tracking_reopen, name="tracking_reopen"),
    path(f"{CODE}recheck/", rechecks.tracking_recheck, name="tracking_recheck"),
    path(f"{CODE}new-code/", track.tracking_new_code, name="tracking_new_code"),
    path(f"{CODE}photos/<int:pk>.jpg", photos.tracking_photo, name="tracking_photo"),
    *(
        path(f"{CODE}{question}/", track.tracking_question, {"question": question}, name=f"tracking_{question}")
        for question in track.QUESTIONS
    ),
    path("office/answered/", offices.office_answered, name="office_answered"),
    path("office/<str:token>/", offices.office_request, name="office_request"),
    re_path(rf"^{REF}/$", public.demand_detail, name="demand_detail"),
    re_path(rf"^{REF}/trail\.json$", public.demand_trail, name="demand_trail"),
    re_path(rf"^{REF}/support/$", public.demand_support, name="demand_support"),
    re_path(rf"^{REF}/photos/(?P<pk>\d{{1,12}})\.jpg$", photos.public_photo, {"small": False}, name="demand_photo"),
    re_path(
        rf"^{REF}/photos/(?P<pk>\d{{1,12}})-s\.jpg$",
        photos.public_photo,
        {"small": True},
        name="demand_thumbnail",
    ),
]
