"""Checks that refuse to start a portal that would not work or not be safe."""

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.checks import Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError
from django.db import connections

from foundation import channels, sms

DEMO_ACCOUNTS = ("liaison", "community", "member", "auditor", "admin")
DEMO_PASSWORD = "nanhu-demo"  # nosec B105 # noqa: S105 - public on purpose, and refused outside demos
OLDEST_POSTGRESQL = 150000


@register(Tags.database)
def database_reads_chinese(app_configs, databases, **kwargs):
    """Ask the database itself: with the plain C ctype its text functions do not recognise Chinese letters."""
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            version = connections[alias].pg_version
            if version < OLDEST_POSTGRESQL:
                return [Error("PostgreSQL 15 or newer is needed.", id="nanhu.E001")]
            cursor.execute(r"SELECT '湖' ~ '\w'")
            if not cursor.fetchone()[0]:
                return [
                    Error(
                        "This database does not know that 湖 is a letter, so Chinese text could not be searched.",
                        hint="Create it with a UTF-8 ctype: CREATE DATABASE … ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' "
                        "TEMPLATE template0.",
                        id="nanhu.E002",
                    )
                ]
    return []


def demo_accounts() -> list:
    """The accounts of the demo, known by their names and the password that is public.

    The name alone is no sign: the first account of a portal is called admin too, and staff choose names.
    """
    from foundation.accounts import User  # models are not ready when this module loads

    found = User.objects.filter(username__in=DEMO_ACCOUNTS).order_by("username")
    return [user for user in found if check_password(DEMO_PASSWORD, user.password)]


@register(Tags.database)
def no_demo_accounts_in_production(app_configs, databases, **kwargs):
    """The passwords of demo accounts are public."""
    if settings.DEMO or not databases:
        return []
    try:
        found = [user.username for user in demo_accounts()]
    except DatabaseError:
        return []  # not migrated yet, so there are no accounts
    if found:
        return [
            Error(
                f"Demo accounts exist ({', '.join(found)}), and DEMO is not set.",
                hint="Delete them, or give them other passwords: manage.py changepassword NAME.",
                id="nanhu.E003",
            )
        ]
    return []


def refuse_unsafe_start() -> None:
    """Run the database checks in server processes, which do not run `migrate`. Raises `ImproperlyConfigured`.

    An unreachable database is not a failure: it may come up later, and until then the readiness check reports it.
    """
    try:
        errors = [error for check in DATABASE_CHECKS for error in check(None, ["default"])]
    except DatabaseError:
        return
    if errors:
        raise ImproperlyConfigured(" ".join(f"{error.msg} {error.hint or ''}".strip() for error in errors))


DATABASE_CHECKS = (database_reads_chinese, no_demo_accounts_in_production)


@register
def sms_backend_is_usable(app_configs, **kwargs):
    try:
        sms.backend()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="nanhu.E004")]
    return []


@register(deploy=True)
def no_demo_in_production(app_configs, **kwargs):
    return [Warning("DEMO is set: everybody knows the accounts' password.", id="nanhu.W001")] if settings.DEMO else []


@register(deploy=True)
def staff_have_a_second_factor(app_configs, **kwargs):
    if settings.STAFF_OTP:
        return []
    text = "STAFF_OTP is off: whoever learns a password of staff sees residents' contacts."
    return [Warning(text, hint="Remove STAFF_OTP from the environment.", id="nanhu.W002")]


@register(deploy=True)
def metrics_are_not_open_to_all(app_configs, **kwargs):
    """Through a proxy that is not trusted, every visitor comes from the proxy's address."""
    if not settings.METRICS_NETWORKS or settings.TRUSTED_PROXIES:
        return []
    hint = "Name the proxy in TRUSTED_PROXIES, or use METRICS_TOKEN instead."
    return [Warning("METRICS_NETWORKS is set without TRUSTED_PROXIES.", hint=hint, id="nanhu.W003")]


@register(deploy=True)
def messages_are_arranged(app_configs, **kwargs):
    """What `off://` keeps waiting reaches nobody."""
    off = [
        name
        for name, is_off in (("EMAIL_URL", channels.mail_is_off()), ("SMS_BACKEND", channels.sms_is_off()))
        if is_off
    ]
    text = "is off://: what would leave this way waits in the outbox."
    return [Warning(f"{name} {text}", hint="Arrange it: manage.py setup.", id="nanhu.W004") for name in off]
