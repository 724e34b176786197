"""Words that mean the same in a search, and what people searched for in vain."""

import re
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from foundation.words import fold

MAX_WORD, MAX_WORDS, MAX_LENGTH = 12, 12, 160
LOCK = 5_905_014  # key of an advisory lock
SEPARATORS = re.compile(r"[\s,，、;；/|]+")


def split(text: str) -> list[str]:
    """Return the words of a group, as staff separate them, without duplicates."""
    return list(dict.fromkeys(word for word in SEPARATORS.split(text) if word))


def joined(words: Iterable[str]) -> str:
    """Return the words of a group as they are stored."""
    return "、".join(words)


def check(text: str) -> None:
    """Check the words of one group. Raises `ValidationError`."""
    words = split(text)
    if len({fold(word) for word in words}) < 2:
        raise ValidationError(_("请至少填写两个意思相同的词，用空格或顿号分隔。"))
    if len(words) > MAX_WORDS:
        raise ValidationError(_("一组最多 %(most)d 个词。") % {"most": MAX_WORDS})
    wrong = next((word for word in words if not 2 <= len(word) <= MAX_WORD), None)
    if wrong is not None:
        raise ValidationError(
            _("“%(word)s”不符合要求：每个词 2 到 %(most)d 个字。") % {"word": wrong, "most": MAX_WORD}
        )


def lock_synonyms() -> None:
    """Block others who change synonyms until the transaction ends.

    Whoever checks that no other group has a word calls it first: two who add a word at once would not see each other's.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


class Synonym(models.Model):
    """A group of words that mean the same: whoever searches for one of them finds texts with any other."""

    words = models.CharField(
        _("意思相同的词"),
        max_length=MAX_LENGTH,
        unique=True,
        help_text=_("居民和部门的不同说法都可以填写，用空格或顿号分隔，例如“电瓶车、电动车、电动自行车”。"),
    )
    is_active = models.BooleanField(_("启用"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("同义词")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.words

    @property
    def group(self) -> list[str]:
        return split(self.words)

    def clean(self) -> None:
        """Refuse unfit words, and one that another group has: a search would not know which of them is meant.

        However the words were separated, they are stored in one way.
        """
        try:
            check(self.words)
        except ValidationError as error:
            raise ValidationError({"words": error.messages}) from None
        self.words = joined(self.group)
        lock_synonyms()
        mine = {fold(word) for word in self.group}
        for other in Synonym.objects.exclude(pk=self.pk):
            shared = [word for word in other.group if fold(word) in mine]
            if shared:
                text = _("“%(word)s”已在另一组中：%(group)s。请合并为一组。")
                raise ValidationError({"words": text % {"word": shared[0], "group": other.words}})


class SynonymUse(models.Model):
    """How many searches of a month found something by a group of synonyms."""

    synonym = models.ForeignKey(Synonym, models.CASCADE, related_name="uses", verbose_name=_("同义词"))
    month = models.DateField(_("月份"))
    count = models.PositiveIntegerField(_("次数"), default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["synonym", "month"], name="synonym_use_once")]

    def __str__(self) -> str:
        return f"{self.synonym} {self.month:%Y-%m}"


class MissedSearch(models.Model):
    """Words that were searched for several times in a month and that nothing was found for.

    Without digits and short, so that nobody's number, name and address can be among them.
    """

    words = models.CharField(_("搜的词"), max_length=MAX_WORD)
    month = models.DateField(_("月份"))
    count = models.PositiveIntegerField(_("次数"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("无结果的搜索词")
        default_permissions = ("view",)
        ordering = ["-month", "-count", "words"]
        constraints = [models.UniqueConstraint(fields=["words", "month"], name="missed_search_once")]

    def __str__(self) -> str:
        return self.words

    @property
    def is_one_word(self) -> bool:
        """Whether this can be a word of a group: no single character, and not several words."""
        return len(self.words) > 1 and len(split(self.words)) == 1
