"""Who has left is out: each way back in after an account was closed, walked once more after it was opened again."""

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from consultation.models import Area
from foundation import account_messages, sending, structure, subscriptions
from foundation.accounts import User, one_time_path
from foundation.errors import Refused
from foundation.outbox import OutboxMessage
from foundation.sessions import Session
from foundation.sign_ins import end_everything
from foundation.subscriptions import Person
from tests import factories
from tests.pages import form, words

pytestmark = pytest.mark.django_db

BACKEND = "foundation.backends.RoleBackend"


def closed_by_its_act(user: User) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_everything(user)


def closed_in_the_database(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def other_role(user: User) -> None:
    end_everything(user)


@pytest.fixture(params=[closed_by_its_act, closed_in_the_database, other_role])
def leave(request):
    """A way to leave; afterwards the account is open again."""

    def leave_and_return(user: User) -> None:
        request.param(user)
        User.objects.filter(pk=user.pk).update(is_active=True)

    return leave_and_return


def test_nothing_of_before_lets_anybody_in(leave):
    user = factories.user("zhou", factories.Role.LIAISON_STAFF, email="zhou@example.com")
    signed_in, half_open = Client(), Client()
    signed_in.force_login(user, BACKEND)
    user.refresh_from_db()
    link = one_time_path(user)
    half_open.get(link, follow=True)  # the form for a new password is open already
    digest = Person("staff", user=user).token
    plan = structure.seal(structure.Plan([], {}), actor=user, home=None)
    account_messages.reset_password("zhou@example.com")
    assert signed_in.get("/admin/").status_code == 200
    assert subscriptions.find(digest)

    leave(user)

    assert signed_in.get("/admin/").status_code == 302
    assert "链接已失效" in words(Client().get(link, follow=True))
    new = {"new_password1": "another-long-secret", "new_password2": "another-long-secret"}
    uid = link.split("/")[-3]
    assert "链接已失效" in words(half_open.post(f"/accounts/reset/{uid}/set-password/", new))
    assert subscriptions.find(digest) is None
    with pytest.raises(Refused, match="失效"):
        structure.carry_out(plan, actor=User.objects.get(pk=user.pk), homes=Area.objects.all())
    # The mail that waited for the worker is dropped, instead of bringing a fresh link.
    while sending.send_next():
        pass
    assert not mail.outbox
    assert User.objects.get(pk=user.pk).check_password(factories.PASSWORD)


def test_a_form_opened_before_is_refused_after_signing_in_again(leave):
    user = factories.liaison_staff("liaison", factories.tree().district)
    client = Client(enforce_csrf_checks=True)
    sign_in = {"username": "liaison", "password": factories.PASSWORD}
    form(client.get("/accounts/login/"), "password").send(client, "/accounts/login/", **sign_in)
    half_open = form(client.get("/admin/foundation/calendarday/add/"), "date")
    leave(user)
    form(client.get("/accounts/login/"), "password").send(client, "/accounts/login/", **sign_in)
    answer = half_open.send(client, "/admin/foundation/calendarday/add/", date="2027-05-01")
    assert answer.status_code == 403
    assert "页面已过期" in words(answer)


def test_a_closed_account_has_no_links_and_gets_no_mail():
    user = factories.user("zhou", email="zhou@example.com")
    account_messages.notify(user, "new_device", key="1", device="", address="", at="2027-01-02T03:04:05+00:00")
    closed_by_its_act(user)
    assert "链接已失效" in words(Client().get(one_time_path(user), follow=True))
    account_messages.reset_password("zhou@example.com")
    while sending.send_next():
        pass
    assert not mail.outbox
    assert not OutboxMessage.objects.exists()


def test_a_new_password_from_a_link_ends_the_sessions():
    user = factories.liaison_staff()
    client = Client()
    client.force_login(user, BACKEND)
    user.refresh_from_db()
    page = Client()
    opened = page.get(one_time_path(user), follow=True)
    new = {"new_password1": "another-long-secret", "new_password2": "another-long-secret"}
    assert page.post(opened.request["PATH_INFO"], new)["Location"] == reverse("password_reset_complete")
    assert not Session.objects.filter(account=user).exists()
    assert client.get("/admin/").status_code == 302
