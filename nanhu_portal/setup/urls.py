from django.urls import path

from . import steps, views

app_name = "setup"
urlpatterns = [
    path("", views.start, name="start"),
    path(f"questions/{steps.STRUCTURE}/", views.structure, name="structure"),
    path(f"questions/{steps.CHECK}/", views.check, name="check"),
    path("questions/<slug:name>/", views.step, name="step"),
    path("done/", views.done, name="done"),
    path("<str:code>/", views.link, name="link"),
]
