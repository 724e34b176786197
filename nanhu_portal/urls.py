from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path

from demands.views.feeds import demand_feed

from . import annual, rates, views
from .sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    path("demands/", include("demands.urls")),
    path("my/demands/", include("demands.my_urls")),
    path("annual/<int:year>/", annual.annual, name="annual"),
    path("rates/", rates.rates_page, name="rates"),
    path("rates/demands.csv", rates.rates_csv, name="rates_csv"),
    path("feeds/demands/", demand_feed, name="demand_feed"),
    path("", include("members.urls")),
    path("", include("consultation.urls")),
    path("preferences/", views.preferences, name="preferences"),
    path("accounts/", views.account, name="account"),
    path("accounts/login/", views.SignIn.as_view(), name="login"),
    path("accounts/logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("accounts/password/", views.PasswordChange.as_view(), name="password_change"),
    path("accounts/reset/", views.PasswordReset.as_view(), name="password_reset"),
    path("accounts/reset/sent/", auth_views.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("accounts/reset/<uidb64>/<token>/", views.PasswordSet.as_view(), name="password_reset_confirm"),
    path("accounts/reset/done/", auth_views.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("admin/", admin.site.urls),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("sitemap.xml", sitemap, {"sitemaps": SITEMAPS}, name="sitemap"),
    path("robots.txt", views.robots, name="robots"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
