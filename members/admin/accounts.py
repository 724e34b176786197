"""Opening accounts, and sending their holders the first link."""

from django.contrib import admin, messages
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consultation.admin.areas import ScopedUserAdmin
from consultation.models import places
from consultation.selectors.accounts import near
from foundation import account_acts, slips, slips_admin
from foundation.accounts import User
from foundation.accounts_admin import ACCOUNT_ACTS
from foundation.acts import Act
from foundation.errors import Refused
from foundation.modeladmin import extends

from ..forms.accounts import OpenForm
from ..services import accounts

ACCOUNT_ACTS.add(
    Act(
        name="send_link",
        permission=account_acts.PERMISSION,
        service=accounts.send_link,
        success_message=gettext_lazy("链接已发送，3 天内有效。"),
        why_not=account_acts.why_not,
        has_page=False,
    )
)


@extends(User)
class MemberUserAdmin(ScopedUserAdmin):
    """Shows where members belong too."""

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(committee_area=F("member__committee__area"))

    def shown_to(self, user) -> Q:
        return super().shown_to(user) | Q(member__committee__area__in=near(user))

    @admin.display(description=gettext_lazy("工作范围"))
    def scope(self, account):
        area = account.committee_area
        return str(places.area(area)) if area and not account.scope_areas else super().scope(account)


@ACCOUNT_ACTS.page("add/", "foundation.add_user", name="add")
def open_account(model_admin, request):
    """Open an account; then show its slip to print, or send its holder a link."""
    form = OpenForm(model_admin.data(request), user=request.user)
    opened = []

    def open_one(data: dict) -> None:
        opened.extend(accounts.open_accounts([form.new_account], actor=request.user))

    response = model_admin.do(
        request,
        None,
        form,
        _("开通账号"),
        _("开通并打印单子"),
        open_one,
        _("账号已开通。"),
        template="admin/foundation/user/open.html",
    )
    if not opened:
        return response
    [account] = opened
    if "send" not in request.POST:
        return slips_admin.page(request, slips.make([account], actor=request.user))
    try:
        accounts.send_link(account, actor=request.user)
    except Refused as error:
        model_admin.message_user(request, str(error), messages.WARNING)
    response["Location"] = model_admin.back_to(account)
    return response
