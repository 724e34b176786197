"""What of keys, addresses, machines and the demo has to be in order before residents come."""

import datetime
import os
import socket
import ssl
import tempfile
import time
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation import backups, beats, clock, contacts, invented, storage
from foundation.backups import BackupAct, BackupRun
from foundation.contacts import Contact
from foundation.installation import command, works_for_all
from foundation.readiness import STAFF, Finding, Level, Section, bad, check
from foundation.readiness_checks import listed

from . import certificate, checks, insight

DAY = 24 * 3600
# A page does not wait longer for another host; the command does.
PAGE_SECONDS = 1.0
HERE = ("", "localhost", "127.0.0.1", "::1")
# Where the embedded server of a demo keeps the keys that it made up.
DEMO_KEYS = ("secret_key", "contact_key", "backup_key")


# --- The demo --------------------------------------------------------------------------------------------------------


@check("demo_rows", Section.CONTENT, permission=STAFF)
def demo_rows(viewer):
    if viewer is not None and not works_for_all(viewer):
        return
    title, counts = _("演示内容"), invented.counts()
    if not counts:
        yield Finding(Level.GREEN, title, _("没有演示内容。"))
        return
    kinds = [f"{model._meta.verbose_name} {count}" for model, count in counts.items()]
    text = _("还有 %(count)d 行演示内容：%(kinds)s。") % {"count": sum(counts.values()), "kinds": listed(kinds)}
    remedy = _("真实的请在其页面上取消演示标记；其余请管理员备份后运行 %(command)s 清除。")
    yield Finding(bad(), title, text, remedy % {"command": command("clear_demo")})


@check("demo_accounts", Section.PEOPLE)
def demo_accounts(viewer):
    title = _("演示账号")
    accounts = checks.demo_accounts()
    if not accounts:
        yield Finding(Level.GREEN, title, _("没有演示账号。"))
        return
    text = _("还有演示账号：%(names)s。它们的密码是公开的。") % {"names": listed([one.username for one in accounts])}
    remedy = _("请运行 %(command)s，账号会随演示内容一起删除。") % {"command": command("clear_demo")}
    yield Finding(bad(), title, text, remedy, reverse("admin:foundation_user_changelist"))


# --- Keys and safety -------------------------------------------------------------------------------------------------


@check("modes", Section.SAFETY)
def modes(viewer):
    if settings.DEBUG:
        text, remedy = _("DEBUG 已打开，出错页会显示代码和设置。"), _("请从环境变量中去掉 DEBUG，然后重新启动。")
        yield Finding(Level.RED, _("调试模式"), text, remedy)
    if settings.DEMO:
        text = _("这是演示：DEMO 已打开，页面会标明演示，演示账号可以登录。")
        yield Finding(Level.AMBER, _("演示模式"), text, _("正式使用前请去掉 DEMO，然后重新启动。"))
    if not settings.STAFF_OTP:
        text = _("STAFF_OTP 已关闭，工作人员只凭密码登录，知道密码的人就能看到居民的联系方式。")
        yield Finding(bad(), _("第二步验证"), text, _("请从环境变量中去掉 STAFF_OTP。"))
    if not (settings.DEBUG or settings.DEMO) and settings.STAFF_OTP:
        yield Finding(Level.GREEN, _("运行模式"), _("没有打开调试和演示，工作人员登录须第二步验证。"))


@check("keys", Section.SAFETY)
def keys(viewer):
    title = _("密钥")
    made_up = _demo_keys()
    own = {settings.SECRET_KEY, *settings.CONTACT_KEYS, settings.BACKUP_KEY}
    if used := own & made_up:
        text = ngettext(
            "有 %(count)d 个密钥是演示时自动生成的。", "有 %(count)d 个密钥是演示时自动生成的。", len(used)
        ) % {"count": len(used)}
        remedy = _("请换成新的密钥；CONTACT_KEYS 请把新的写在前面，运行 %(command)s 后再去掉旧的。")
        yield Finding(bad(), title, text, remedy % {"command": command("rotate_contact_keys")})
    elif settings.SECRET_KEY in settings.CONTACT_KEYS:
        text = _("SECRET_KEY 和 CONTACT_KEYS 用了同一个密钥，一处泄露，两处都失守。")
        yield Finding(Level.RED, title, text, _("请给 CONTACT_KEYS 换一个单独的密钥。"))
    else:
        yield Finding(Level.GREEN, title, _("长度足够，互不相同，也不是演示用的。"))
    if not settings.BACKUP_KEY:
        text = _("没有 BACKUP_KEY，不能备份。")
        yield Finding(bad(), _("备份密钥"), text, _("请设置 BACKUP_KEY，并在服务器之外另存一份。"))


def _demo_keys() -> set[str]:
    found = set()
    for name in DEMO_KEYS:
        try:
            found.add((settings.VAR / name).read_text().strip())
        except OSError:
            continue
    return found - {""}


@check("contacts", Section.SAFETY)
def contacts_readable(viewer):
    """The oldest contact needs the oldest key, the newest the newest."""
    title, rows = _("联系方式的加密"), Contact.objects.order_by("pk")
    try:
        for contact in filter(None, (rows.first(), rows.last())):
            contacts.open_contact(contact)
    except contacts.LostKey:
        text = _("有联系方式无法读取：CONTACT_KEYS 缺少写入时用的密钥。")
        yield Finding(Level.RED, title, text, _("请把原来的密钥补在 CONTACT_KEYS 的最后。"))
    else:
        yield Finding(Level.GREEN, title, _("最早和最新的联系方式都能读取。"))


@check("addresses", Section.SAFETY)
def addresses(viewer):
    title, host = _("网址"), settings.SITE_URL.partition("://")[2].partition(":")[0]
    if not validate_host(host, settings.ALLOWED_HOSTS):
        text = _("SITE_URL 的主机 %(host)s 不在 ALLOWED_HOSTS 里，居民会打不开网站。") % {"host": host}
        yield Finding(Level.RED, title, text, _("请把它写进 ALLOWED_HOSTS。"))
    elif settings.HTTPS:
        yield Finding(Level.GREEN, title, settings.SITE_URL)
    else:
        text = _("%(url)s 没有加密，密码和居民填写的内容在途中可能被人看到。") % {"url": settings.SITE_URL}
        yield Finding(bad(), title, text, _("请给域名配置证书，把 SITE_URL 改为 https。"))


@check("certificate", Section.SAFETY)
def certificate_days(viewer):
    if not settings.HTTPS:
        return
    title, answer = _("证书"), certificate.PROBE.answer(PAGE_SECONDS)
    if answer is None:
        text = _("%(url)s 还没有答复，证书还没有查到。") % {"url": settings.SITE_URL}
        yield Finding(Level.AMBER, title, text, _("请过一会儿刷新本页；一直如此，请确认服务器能访问自己的网址。"))
        return
    at = date_format(timezone.localtime(answer.at), "DATETIME_FORMAT")
    if isinstance(answer.error, ssl.SSLCertVerificationError):
        names = {"at": at, "why": getattr(answer.error, "verify_message", answer.error)}
        text = _("浏览器会拒绝这个证书（%(why)s；%(at)s 查看）。") % names
        yield Finding(Level.RED, title, text, _("请续期，或换上域名相符、证书链完整的证书。"))
    elif answer.error:
        text = _("没有查到：%(why)s（%(at)s）。") % {"why": _why_unread(answer.error), "at": at}
        yield Finding(Level.AMBER, title, text, _("请确认服务器能访问自己的网址，并用浏览器查看证书。"))
    else:
        days = (answer.value - clock.now()).days
        level = Level.RED if days < 7 else Level.AMBER if days < 21 else Level.GREEN
        text = ngettext("还有 %(days)d 天到期（%(at)s 查看）。", "还有 %(days)d 天到期（%(at)s 查看）。", days)
        remedy = "" if level == Level.GREEN else _("请续期，并检查自动续期是否还在运行。")
        yield Finding(level, title, text % {"days": days, "at": at}, remedy)


def _why_unread(error: Exception) -> str:
    known = {
        socket.gaierror: _("服务器查不到这个域名的地址"),
        ConnectionRefusedError: _("连接被拒绝"),
        TimeoutError: _("没有应答"),
    }
    return next((text for kind, text in known.items() if isinstance(error, kind)), type(error).__name__)


# --- Running ---------------------------------------------------------------------------------------------------------


@check("worker", Section.RUNNING)
def worker(viewer):
    title, count = _("后台进程"), beats.WorkerBeat.objects.alive().count()
    waiting, oldest = beats.queue()
    if not count:
        text = _("没有后台进程在运行：消息不会发出，期限提醒和统计也停了。")
        start = _("请运行 %(command)s，不会漏发或重发。") % {"command": command("worker")}
        yield Finding(Level.RED, title, text, start, reverse("admin:insight"))
    elif oldest > insight.MAX_WAIT_SECONDS:
        text = _("有 %(count)d 条消息到时间没有发出，最早的等了 %(minutes)d 分钟。")
        names = {"count": waiting, "minutes": oldest // 60}
        yield Finding(Level.RED, title, text % names, _("请检查邮件服务器和短信通道。"), reverse("admin:insight"))
    else:
        text = ngettext("%(count)d 个后台进程在运行。", "%(count)d 个后台进程在运行。", count)
        yield Finding(Level.GREEN, title, text % {"count": count})


@check("backup", Section.RUNNING)
def backup(viewer):
    last = backups.last_backup()
    text = _("最近一次备份的是 %(at)s 的内容。") if last else _("还没有做过备份。")
    remedy = _("请运行 %(command)s，并检查每晚的备份是否还在运行。") % {"command": command("backup")}
    yield _of_nightly_work(_("备份"), last, text, remedy)
    if last is None:
        return
    tried = BackupRun.objects.filter(act=BackupAct.VERIFIED).values_list("done_at", flat=True).first()
    title = _("试恢复")
    remedy = _("请运行 %(command)s，并检查每周的试恢复是否还在运行。") % {"command": command("restore --verify")}
    if tried is None:
        yield Finding(Level.AMBER, title, _("备份还没有试着恢复过，不知道能不能用。"), remedy)
    else:
        late = (clock.now() - tried).total_seconds() > 8 * DAY
        text = _("最近一次试恢复在 %(at)s。") % {"at": _moment(tried)}
        yield Finding(Level.AMBER if late else Level.GREEN, title, text, remedy if late else "")


@check("backup_copy", Section.RUNNING)
def backup_copy(viewer):
    title, last = _("异地备份"), backups.last_copy()
    if not settings.BACKUP_COPY:
        text = _("备份只存放在本机，服务器损坏时会一起丢失。")
        yield Finding(Level.AMBER, title, text, _("请设置 BACKUP_COPY，把每晚的备份传到另一台机器。"))
        return
    text = _("传到另一台机器的最近一份备份，内容截至 %(at)s。") if last else _("还没有备份传到另一台机器。")
    remedy = _("请运行 %(command)s，看传到另一台机器时报什么错。") % {"command": command("backup")}
    yield _of_nightly_work(title, last, text, remedy)


def _of_nightly_work(title: str, last: datetime.datetime | None, text: str, remedy: str) -> Finding:
    """What is to be said of work that was last done then, or never."""
    if last is None:
        return Finding(bad(), title, text, remedy)
    age, text = (clock.now() - last).total_seconds(), text % {"at": _moment(last)}
    if age <= insight.MAX_BACKUP_SECONDS:
        return Finding(Level.GREEN, title, text)
    return Finding(bad() if age > 3 * DAY else Level.AMBER, title, text, remedy)


def _moment(moment) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


@check("disks", Section.RUNNING)
def disks(viewer):
    """Each disk once, by the folder that is named first."""
    folders = {_("照片"): settings.MEDIA_ROOT, _("备份"): settings.BACKUP_DIR, _("数据库"): _database_folder()}
    seen: dict[int, tuple[tuple[int, int], list[str]]] = {}
    for name, folder in folders.items():
        if folder:
            try:
                # By its number: what is free on it may be less at the next look.
                seen.setdefault(storage.nearest(folder).stat().st_dev, (storage.space(folder), []))[1].append(name)
            except OSError:  # it may be there, and yet not for us
                continue
    for (free, size), names in seen.values():
        full = free < insight.MIN_FREE_BYTES or free < size * insight.MIN_FREE_SHARE
        title = _("磁盘（%(what)s）") % {"what": listed(names)}
        text = _("剩余 %(free)s，共 %(size)s。") % {"free": filesizeformat(free), "size": filesizeformat(size)}
        yield Finding(Level.RED if full else Level.GREEN, title, text, _("请清理或扩容。") if full else "")


def _database_folder() -> Path | None:
    """Where the database is, if it is on this machine and its server tells us."""
    host = connection.settings_dict["HOST"]
    if host not in HERE and not host.startswith("/"):
        return None
    with connection.cursor() as cursor:
        # No row for a role that may not see it.
        cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
        row = cursor.fetchone()
    return Path(row[0]) if row and os.access(row[0], os.X_OK) else None


@check("files", Section.RUNNING)
def files(viewer):
    # It is made with the first photo.
    title, there = _("照片文件夹"), storage.nearest(Path(settings.MEDIA_ROOT))
    try:
        # Has no name, and is gone when it is closed.
        tempfile.TemporaryFile(dir=there).close()
        yield Finding(Level.GREEN, title, _("可以写入。"))
    except OSError:
        text = _("%(folder)s 不能写入，照片存不下来。") % {"folder": there}
        yield Finding(Level.RED, title, text, _("请把文件夹交给运行门户的系统用户。"))
    title, manifest = _("静态文件"), Path(settings.STATIC_ROOT) / ManifestStaticFilesStorage.manifest_name
    if manifest.exists():
        yield Finding(Level.GREEN, title, _("已经收集。"))
    else:
        yield Finding(bad(), title, _("还没有收集，页面会没有样式。"), _run("collectstatic"))


def _run(text: str) -> str:
    return _("请运行 %(command)s。") % {"command": command(text)}


@check("migrations", Section.RUNNING)
def migrations(viewer):
    title, executor = _("数据库升级"), MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not waiting:
        yield Finding(Level.GREEN, title, _("已是最新。"))
        return
    names = listed([f"{one.app_label}.{one.name}" for one, _backwards in waiting])
    text = _("还有没有完成的升级：%(names)s。") % {"names": names}
    yield Finding(
        Level.RED, title, text, _run("migrate --database owner" if "owner" in settings.DATABASES else "migrate")
    )


@check("clocks", Section.RUNNING)
def clocks(viewer):
    title = _("时间")
    with connection.cursor() as cursor:
        before = time.time()
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        there, after = float(cursor.fetchone()[0]), time.time()
    apart = max(before - there, there - after, 0)
    level = Level.RED if apart > 60 else Level.AMBER if apart > 2 else Level.GREEN
    text = _("服务器和数据库的时间相差 %(seconds).1f 秒。") % {"seconds": apart}
    yield Finding(level, title, text, "" if level == Level.GREEN else _("请在两台机器上打开网络校时（NTP）。"))
