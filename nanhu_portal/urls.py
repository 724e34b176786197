from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path
from django.views.decorators.cache import never_cache

from demands.views import proposals
from demands.views.feeds import demand_feed
from foundation.posting import posted_from

from . import (
    accounts,
    annual,
    authenticator,
    design,
    digests,
    district,
    handbooks,
    health,
    home,
    legal,
    manifest,
    metrics,
    policy_reports,
    preferences,
    rates,
    rates_files,
    receipts,
    robots,
    short_links,
    sitemaps,
)

handler400 = "nanhu_portal.errors.bad_request"
handler403 = "nanhu_portal.errors.forbidden"
handler404 = "nanhu_portal.errors.not_found"
handler500 = "nanhu_portal.errors.server_error"

urlpatterns = [
    path("", home.home, name="home"),
    path("s/<slug:code>/", home.subdistrict_home, name="subdistrict"),
    path("demands/", include("demands.urls")),
    path("my/demands/", include("demands.my_urls")),
    path("proposals/", proposals.proposal_list, name="proposal_list"),
    path("proposals/<int:pk>/", proposals.proposal_detail, name="proposal_detail"),
    path("my/proposals/", proposals.my_list, name="my_proposals"),
    path("my/proposals/<int:pk>/", proposals.my_detail, name="my_proposal"),
    path("my/proposals/<int:pk>/edit/", proposals.my_edit, name="my_proposal_edit"),
    path("my/proposals/<int:pk>/paper.docx", proposals.my_paper, name="my_proposal_paper"),
    path("my/proposals/<int:pk>/move/<slug:status>/", proposals.my_move, name="my_proposal_move"),
    path("my/handbook/", handbooks.for_member, name="my_handbook"),
    path("annual/<int:year>/", annual.annual, name="annual"),
    path("annual/<int:year>/figures.csv", annual.annual_csv, name="annual_csv"),
    path("district/", district.district, name="district"),
    path("district/figures.csv", district.district_csv, name="district_csv"),
    path("rates/", rates.rates_page, name="rates"),
    path("rates/demands.csv", rates_files.rates_csv, name="rates_csv"),
    path("rates/<slug:of>.csv", rates_files.rates_file, name="rates_file"),
    path("feeds/demands/", demand_feed, name="demand_feed"),
    path("", include("members.urls")),
    path("", include("consultation.urls")),
    path("preferences/", preferences.preferences, name="preferences"),
    path("l/<str:code>", short_links.short_link, name="short_link"),
    path("digests/<str:token>/", digests.digest, name="digest"),
    path("digests/<str:token>/stop/", digests.digest_stop, name="digest_stop"),
    path("accounts/", accounts.account, name="account"),
    path("accounts/login/", accounts.SignIn.as_view(), name="login"),
    path("accounts/logout/", posted_from("account")(accounts.SignOut.as_view()), name="logout"),
    path("accounts/code/", authenticator.ask, name="second_factor"),
    path("accounts/authenticator/", authenticator.set_up, name="authenticator"),
    path("accounts/authenticator/codes/", authenticator.recovery_codes, name="recovery_codes"),
    path("accounts/authenticator/remove/", authenticator.remove, name="authenticator_remove"),
    path("accounts/sign-ins/end/", accounts.session_end, name="session_end"),
    path("accounts/hand-over/", accounts.hand_over, name="hand_over"),
    path("accounts/password/", accounts.PasswordChange.as_view(), name="password_change"),
    path("accounts/reset/", accounts.PasswordReset.as_view(), name="password_reset"),
    path("accounts/reset/sent/", never_cache(auth_views.PasswordResetDoneView.as_view()), name="password_reset_done"),
    path("accounts/reset/<uidb64>/<token>/", accounts.PasswordSet.as_view(), name="password_reset_confirm"),
    path(
        "accounts/reset/done/",
        never_cache(auth_views.PasswordResetCompleteView.as_view()),
        name="password_reset_complete",
    ),
    path("admin/", admin.site.urls),
    path("setup/", include("nanhu_portal.setup.urls")),
    path("privacy/", legal.privacy, name="privacy"),
    path("privacy/consents/", legal.consents, name="consents"),
    path("accessibility/", legal.accessibility, name="accessibility"),
    path("sitemap/", sitemaps.site_map, name="site_map"),
    path("sitemap.xml", sitemaps.sitemap_xml, name="sitemap"),
    path("robots.txt", robots.robots, name="robots"),
    path("site.webmanifest", manifest.manifest, name="manifest"),
    path("design/", design.design, name="design"),
    path("receipts/sms/<str:key>/", receipts.sms_receipts, name="sms_receipts"),
    path("csp-reports/", policy_reports.reports, name="policy_reports"),
    path("metrics", metrics.metrics, name="metrics"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
