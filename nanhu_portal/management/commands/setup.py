"""Sets the portal up on an empty server: asks, or takes options, and may be run again to change what is given.

Makes the areas, the portal's texts and what every portal begins with, writes the settings file, makes the superuser and
prints a one-time link to the first-run page, which asks the same.
"""

import argparse
import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from foundation import audit, setup_runs
from foundation.accounts import User
from foundation.actors import SYSTEM
from foundation.audit import AuditAction
from foundation.errors import Refused

from ... import settings_file
from ...setup import answers, applying, forms, rows
from ...setup.answers import Answers

FORMS = (
    forms.PlaceForm,
    forms.NamesForm,
    forms.ContactForm,
    forms.AddressForm,
    forms.ChannelsForm,
    forms.PrivacyForm,
)
# What most portals take, where nothing is said.
USUAL = {"level": "2"}


def option(name: str) -> str:
    return "--" + name.replace("_", "-")


def without_secret(name: str, value: str) -> str:
    """An answer as a screen may show it, which somebody may stand behind, or record."""
    scheme, sign, rest = value.partition("://")
    return f"{scheme}{sign}{'…' if rest else ''}" if name in ("email_url", "sms_backend") else value


def questions() -> dict[str, str]:
    """Every question with what it asks, in English, for the command's help."""
    found = {}
    with override("en"):
        for form in (made(before={"subdistrict": "-", "languages": answers.BOTH}) for made in FORMS):
            found |= {name: str(field.label) for name, field in form.fields.items()}
    return found


class Command(BaseCommand):
    help = __doc__
    # There may be no tables yet; whether the portal would start is asked once all is known.
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--non-interactive", action="store_true", help="ask nothing, take options alone")
        parser.add_argument("--keys", action="store_true", help="make the keys that are not set, and write them too")
        parser.add_argument("--superuser", default="admin", help="name of the first account (admin)")
        parser.add_argument("--link", action="store_true", help="print a link to the first-run page in any case")
        parser.add_argument(
            "--page", action="store_true", help="leave all answers to that page: print the link unless somebody used it"
        )
        parser.add_argument("--english", action="store_true", help="ask in English")
        for name, label in questions().items():
            parser.add_argument(option(name), dest=f"answer_{name}", help=label.replace("%", "%%"))

    def handle(self, *args, **options) -> None:
        with override("en" if options["english"] else "zh-hans"):
            self._set_up(options)

    def _set_up(self, options: dict) -> None:
        if options["keys"] and settings.SETTINGS_FILE is None:
            raise CommandError("--keys writes into the file that SETTINGS_FILE names, and that is not set.")
        self._bring_up_to_date()
        given = {name[7:]: text for name, text in options.items() if name.startswith("answer_") and text is not None}
        asks = not options["non_interactive"] and sys.stdin.isatty()
        if options["page"]:
            if given or options["keys"]:
                raise CommandError("--page leaves the answers to the page; give none, and no --keys.")
        # A link alone was asked for, or a server that has been set up was looked at.
        elif asks or given or not answers.subdistricts():
            self._put_into_force(self._answered(given, asks))
        else:
            self._show(answers.current())
        self._superuser(options["superuser"], options["link"])

    def _bring_up_to_date(self) -> None:
        alias = "owner" if "owner" in settings.DATABASES else "default"
        executor = MigrationExecutor(connections[alias])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self._say(_("正在建立数据表……"))
            call_command("migrate", database=alias, verbosity=0)

    def _say(self, text: str = "") -> None:
        self.stdout.write(text)
        self.stdout.flush()

    # --- Answers ---

    def _answered(self, given: Answers, asks: bool) -> Answers:
        """All answers: those given, those asked for, and for the rest what is set. Raises `CommandError`."""
        known = USUAL | {name: value for name, value in answers.current().items() if value}
        if settings_file.provisional.get("SITE_URL", "").startswith("http://localhost"):
            known.pop("site_url")
        for made in FORMS:
            form = self._ask(made, known, given) if asks else made(self._data(made, known, given), before=known)
            if not form.is_valid():
                sentences = [f"{option(name)}: {' '.join(errors)}" for name, errors in form.errors.items()]
                raise CommandError("\n".join(sentences))
            known |= form.given
        return known

    def _data(self, made: type[forms.StepForm], known: Answers, given: Answers) -> Answers:
        """What a form gets where nobody is asked: suggestions too, such as a committee's name."""
        return {**made(before=known).initial, **known, **given}

    def _ask(self, made: type[forms.StepForm], known: Answers, given: Answers) -> forms.StepForm:
        """Ask for each field that was not given, until the form is valid."""
        data = {name: str(value) for name, value in self._data(made, known, given).items()}
        wrong = [name for name in made(before=known).fields if name not in given]
        while True:
            fields = made(before=known).fields
            for name in wrong:
                value = data.get(name, "")
                data[name] = self._input(fields[name], value, without_secret(name, value))
            form = made(data, before=known)
            if form.is_valid():
                return form
            for name, errors in form.errors.items():
                self._say(f"  ✗ {fields[name].label}: {' '.join(errors)}")
            wrong = list(form.errors)

    def _input(self, field, value: str, shown: str) -> str:
        """One answer; Enter keeps what is there, a minus empties it."""
        for key, label in getattr(field, "choices", ()):
            self._say(f"    {key} = {label}")
        try:
            typed = input(f"{field.label}{f' [{shown}]' if shown else ''}: ").strip()
        except EOFError:
            raise CommandError("Nothing was changed.") from None
        return "" if typed == "-" else typed or value

    # --- Acts ---

    def _put_into_force(self, given: Answers) -> None:
        change = applying.change_for(given)
        if why := applying.why_not(change):
            raise CommandError(why)
        try:
            changed = rows.apply(given, actor=SYSTEM)
        except Refused as error:
            raise CommandError(str(error)) from None
        trouble = applying.write(change)
        self._show(given)
        self._say(_("改动：%(names)s") % {"names": ", ".join(changed)} if changed else _("没有改动数据。"))
        if trouble:
            self._say(_("设置没能写进文件（%(why)s）。请把下面几行写进门户启动时读的环境：") % {"why": trouble})
            self._say(change.as_text())
        elif change.lines:
            self._say(_("设置已写进 %(file)s。") % {"file": settings.SETTINGS_FILE})
        if change.outside:
            self._say(_("下面几行在环境里另有规定，以环境为准；要改，请改那里："))
            self._say(change.as_text(outside=True))
        self.site = given["site_url"]

    def _show(self, given: Answers) -> None:
        fields = {name: field for made in FORMS for name, field in made(before=given).fields.items()}
        for name, field in fields.items():
            if value := without_secret(name, given.get(name, "")):
                value = dict(getattr(field, "choices", ())).get(value, value)
                self._say(f"  {field.label}: {value}")

    def _superuser(self, name: str, wants_link: bool) -> None:
        """The first account, and the link by which its holder chooses a password; no second one."""
        superusers = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
        user = next((one for one in superusers if not one.has_usable_password()), None) or superusers.first()
        with transaction.atomic():
            if user is None:
                if User.objects.filter(username=name).exists():
                    raise CommandError(f"There is an account called {name} already: name another with --superuser.")
                user = User(username=name, is_superuser=True, is_staff=True)
                user.set_unusable_password()
                user.save()
                audit.record(AuditAction.ADDED, user, actor=SYSTEM, detail="superuser")
            if user.has_usable_password() and not wants_link:
                return
            code = setup_runs.begin(user)
        site = getattr(self, "site", settings.SITE_URL)
        self._say(_("请在 24 小时内用浏览器打开这个链接，设定管理员的密码，再逐页核对各项设置（只能用一次）："))
        self._say(f"  {site.rstrip('/')}{reverse('setup:link', args=[code])}")
