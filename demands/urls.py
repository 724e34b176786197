"""Addresses under /demands/. The reference and the code have patterns of their own, so nothing else reaches a query."""

from django.urls import path, re_path

from .views import intake, offices, photos, publishing, rechecks, residents, search, tracking

REF = r"(?P<ref>[A-Z]{2,4}-\d{4}-\d{5,9})"
CODE = "track/<str:code>/"

urlpatterns = [
    path("", publishing.demand_list, name="demand_list"),
    path("new/", intake.demand_new, name="demand_new"),
    path("similar/", search.similar_demands, name="similar_demands"),
    path("new/photos/<slug:key>.jpg", photos.staged_photo, name="staged_photo"),
    path("track/", tracking.track, name="track"),
    path(CODE, residents.tracking_page, name="tracking"),
    path(f"{CODE}add/", residents.tracking_add, name="tracking_add"),
    path(f"{CODE}rate/", residents.tracking_rate, name="tracking_rate"),
    path(f"{CODE}reopen/", residents.tracking_reopen, name="tracking_reopen"),
    path(f"{CODE}recheck/", rechecks.tracking_recheck, name="tracking_recheck"),
    path(f"{CODE}send/", residents.tracking_send, name="tracking_send"),
    path(f"{CODE}qr.svg", residents.tracking_qr, name="tracking_qr"),
    path(f"{CODE}new-code/", residents.tracking_new_code, name="tracking_new_code"),
    path(f"{CODE}photos/<int:pk>.jpg", photos.tracking_photo, name="tracking_photo"),
    *(
        path(f"{CODE}{question}/", residents.tracking_question, {"question": question}, name=f"tracking_{question}")
        for question in residents.QUESTIONS
    ),
    path("office/answered/", offices.office_answered, name="office_answered"),
    path("office/<str:token>/", offices.office_request, name="office_request"),
    re_path(rf"^{REF}/$", publishing.demand_detail, name="demand_detail"),
    re_path(rf"^{REF}/trail\.json$", publishing.demand_trail, name="demand_trail"),
    re_path(rf"^{REF}/support/$", publishing.demand_support, name="demand_support"),
    re_path(rf"^{REF}/photos/(?P<pk>\d{{1,12}})\.jpg$", photos.public_photo, {"small": False}, name="demand_photo"),
    re_path(
        rf"^{REF}/photos/(?P<pk>\d{{1,12}})-s\.jpg$",
        photos.public_photo,
        {"small": True},
        name="demand_thumbnail",
    ),
]
