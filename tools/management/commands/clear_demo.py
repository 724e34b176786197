"""`manage.py clear_demo`: remove everything invented, so that the portal can be used."""

from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, models
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation import cached
from foundation.accounts import User
from foundation.purging import as_owner

from ...demo import clearing

MAX_NAMED = 50


class Command(BaseCommand):
    help = (
        "Say what of this portal is invented and what real rows hang on it; with --yes remove what is invented. "
        "Refuses while real rows hang on it. Make a backup before."
    )

    def add_arguments(self, parser) -> None:
        parser.add_argument("--yes", action="store_true", help="remove it")

    def handle(self, *args, yes: bool, **options) -> None:
        with as_owner():
            found = clearing.plan()
            self._show(found)
            if found.hanging:
                raise CommandError(_("没有删除任何内容。请先逐条处理上面列出的真实数据，再运行一次。"))
            if not yes:
                if found.rows:
                    self.stdout.write(_("这是试运行，没有删除任何内容。确认并备份后，加上 --yes 再运行一次。"))
                return
            try:
                counts = clearing.clear()
            except IntegrityError:
                raise CommandError(
                    _("清除期间有人新登记了依附于演示内容的数据，没有删除任何内容。请再运行一次。")
                ) from None
            cached.forget_all()
        if counts:
            self.stdout.write(_("已删除 %(count)d 行，统计数字和词频已重新计算。") % {"count": counts.total()})
        if not User.objects.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write(_("现在没有超级管理员账号。请运行 manage.py createsuperuser 建立一个。"))

    def _show(self, found: clearing.Plan) -> None:
        if not found.rows:
            self.stdout.write(_("没有演示内容。"))
            return
        self.stdout.write(_("演示内容，以及附属于它的记录："))
        for model, keys in found.rows.items():
            self.stdout.write(f"  {model._meta.verbose_name} ({model._meta.label}): {len(keys)}")
        for (model, reference), keys in found.cuts.items():
            names = {"count": len(keys), "model": model._meta.verbose_name, "field": reference.verbose_name}
            self.stdout.write(_("  %(count)d 行真实的“%(model)s”会清空“%(field)s”") % names)
        remedies = _remedies(found.hanging)
        for line, times in list(remedies.items())[:MAX_NAMED]:
            self.stdout.write(self.style.WARNING(f"! {line}" + (f" (× {times})" if times > 1 else "")))
        if (more := len(remedies) - MAX_NAMED) > 0:
            self.stdout.write(self.style.WARNING(_("! 还有 %(count)d 条没有列出") % {"count": more}))


def _remedies(hanging: list[clearing.Hanging]) -> Counter[str]:
    """A line for each real row and what it hangs on, saying what to do, and how often it does."""
    return Counter(_remedy(one) for one in hanging)


def _remedy(one: clearing.Hanging) -> str:
    names = {"row": _named(one.row), "address": _address(one.on)}
    if isinstance(one.on, User):
        names["on"] = one.on.username
        text = _("%(row)s 由演示账号 %(on)s 办理过：请把账号改为实际使用人的用户名和姓名，并重设密码（%(address)s）")
    else:
        names["on"] = _named(one.on)
        text = _("%(row)s 依附于演示的 %(on)s：请改到真实的那一个，或在后者的页面上取消演示标记（%(address)s）")
    return text % names


def _named(row: models.Model) -> str:
    """A row by its kind and what people call it; a demand by its number alone, since its words are its resident's."""
    return f"{row._meta.verbose_name} “{getattr(row, 'ref', None) or row}”"


def _address(row: models.Model) -> str:
    return settings.SITE_URL + reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
