"""The import of a list: staged row by row, mapped, checked and edited, and turned into demands by the worker."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from foundation import clock
from foundation.work_order import WorkOrder

from .choices import PublicationBasis
from .demand import Demand


class BatchStatus(models.TextChoices):
    CHECKED = "checked", _("已检查，待确认")
    QUEUED = "queued", _("正在导入")
    DONE = "done", _("已导入")
    DROPPED = "dropped", _("已放弃")
    UNDONE = "undone", _("已撤销")


# Those that wait to be confirmed, the oldest first; then the rest.
WORK_ORDER = WorkOrder(
    "made_at", models.Case(models.When(status=BatchStatus.CHECKED, then="made_at")), ("-made_at", "-pk")
)


class ImportBatchQuerySet(models.QuerySet):
    def visible_to(self, user) -> "ImportBatchQuerySet":
        return self if user.is_superuser else self.filter(made_by=user)

    def queued(self) -> "ImportBatchQuerySet":
        return self.filter(status=BatchStatus.QUEUED)

    def with_file(self, digest: str) -> "ImportBatchQuerySet":
        """Those imported, or being imported, from the very same file."""
        return self.filter(digest=digest, status__in=(BatchStatus.QUEUED, BatchStatus.DONE))


class ImportBatch(models.Model):
    """An uploaded file, and what was decided for all of its rows. The file itself is not stored."""

    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("导入人"))
    made_at = models.DateTimeField(_("上传时间"), default=clock.now)
    file_name = models.CharField(_("文件名"), max_length=120)
    # SHA-256 of the file, by which the same file is recognised.
    digest = models.CharField(max_length=64, editable=False)
    status = models.CharField(_("状态"), max_length=10, choices=BatchStatus, default=BatchStatus.CHECKED)
    total = models.PositiveIntegerField(_("行数"))
    done = models.PositiveIntegerField(_("已导入"), default=0)
    failed = models.PositiveIntegerField(_("未导入"), default=0)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    # The basis on which its demands are published as they come in; empty where staff publish them one by one.
    publish_as = models.CharField(
        _("导入时公开"), max_length=20, choices=PublicationBasis, blank=True, default="", db_default="", editable=False
    )
    # The file's columns that were not read, as `foundation.sheets.not_read` takes them.
    unread = models.JSONField(default=list, db_default=models.Value([], models.JSONField()), editable=False)
    # The file's headings, and the `staging.Plan` of what becomes of its columns and rows. Neither has a cell's content,
    # except words of categories and places that are not known.
    columns = models.JSONField(default=list, db_default=models.Value([], models.JSONField()), editable=False)
    plan = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()), editable=False)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("one", "需求导入")
        verbose_name_plural = _("需求导入")
        ordering = ["-made_at", "-pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["made_by", "-made_at", "-id"], name="batches_of_person"),
            models.Index(fields=["digest"], name="batches_of_file"),
            *WORK_ORDER.indexes("batches_due"),
            models.Index(fields=["made_at"], name="batches_to_do", condition=Q(status=BatchStatus.QUEUED)),
            models.Index(fields=["made_at"], name="batches_left", condition=Q(status=BatchStatus.CHECKED)),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRowQuerySet(models.QuerySet):
    def waiting(self) -> "ImportRowQuerySet":
        return self.filter(demand__isnull=True, problem="")

    def failing(self) -> "ImportRowQuerySet":
        return self.exclude(problem="")

    def by_need(self) -> "ImportRowQuerySet":
        """Those with a problem first, and then in the order of the file."""
        return self.order_by(models.Case(models.When(problem="", then=1), default=0), "number")

    def known(self, source: str, references) -> "ImportRowQuerySet":
        """Rows that have become demands, by the reference numbers their office gave them."""
        return self.filter(source=source, reference__in=references, demand__isnull=False)


class ImportRow(models.Model):
    """A row, staged until it becomes a demand. Its text is then deleted; the demand, or the reason for none, stays.

    `values` is what previews count: keys of its category and area, no text. The texts are encrypted (`staging`).
    """

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows", verbose_name=_("导入"))
    number = models.PositiveIntegerField(_("行号"))
    values = models.JSONField(_("内容"), default=dict)
    sealed = models.TextField(blank=True, default="", db_default="", editable=False)
    # The department whose list it was in, and the reference number there.
    source = models.CharField(_("来源部门"), max_length=60, blank=True)
    reference = models.CharField(_("来源编号"), max_length=60, blank=True)
    demand = models.OneToOneField(
        Demand, models.PROTECT, null=True, blank=True, related_name="import_row", verbose_name=_("需求")
    )
    problem = models.CharField(_("未导入的原因"), max_length=200, blank=True)

    objects = ImportRowQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("导入的行")
        ordering = ["batch", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_row_once"),
            models.UniqueConstraint(
                fields=["source", "reference"],
                name="import_reference_once",
                condition=Q(demand__isnull=False) & ~Q(reference=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["batch", "number"], name="import_rows_left", condition=Q(demand__isnull=True, problem="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.number}"
