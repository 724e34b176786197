"""Statistics of words: how many demands each occurs in, and in which categories."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .demand import Category


class WordCount(models.Model):
    """The number of demands in which a word occurs (see `foundation.words`); for the empty word, of all demands.

    Written by `demands.services.words.count_words`, which leaves out words that a single demand contains, unless they
    are published.
    """

    word = models.CharField(max_length=40, primary_key=True)
    texts = models.PositiveIntegerField()
    # How a pair of characters sounds, in pinyin, and how else it may sound; the same where there is but one way.
    sound = models.CharField(max_length=16, blank=True)
    other_sound = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("词频")
        default_permissions = ()
        indexes = [
            models.Index(fields=["sound"], name="word_sound", condition=~Q(sound="")),
            models.Index(fields=["other_sound"], name="word_other_sound", condition=~Q(other_sound="")),
        ]

    def __str__(self) -> str:
        return self.word


class CategoryWord(models.Model):
    """The weight of a word in texts of a category; three words that cannot occur in texts hold the sums."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="words", verbose_name=_("类别"))
    word = models.CharField(max_length=40)
    count = models.FloatField()

    class Meta:
        verbose_name = verbose_name_plural = _("类别用词")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["word", "category"], name="category_word_once")]

    def __str__(self) -> str:
        return self.word
