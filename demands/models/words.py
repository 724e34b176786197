"""What was learnt from texts: how often words occur, and in demands of which category."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .demand import Category


class WordCount(models.Model):
    """In how many demands a word occurs (see `foundation.words`); the empty word: how many demands were counted.

    Written by `demands.services.words.count_words`, which leaves out what only one demand says.
    """

    word = models.CharField(max_length=40, primary_key=True)
    texts = models.PositiveIntegerField()

    class Meta:
        verbose_name = verbose_name_plural = _("词频")
        default_permissions = ()

    def __str__(self) -> str:
        return self.word


class CategoryWord(models.Model):
    """How much a word weighs in texts of a category; three words that no text holds are sums."""

    category = models.ForeignKey(Category, models.CASCADE, related_name="words", verbose_name=_("类别"))
    word = models.CharField(max_length=40)
    count = models.FloatField()

    class Meta:
        verbose_name = verbose_name_plural = _("类别用词")
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["word", "category"], name="category_word_once")]

    def __str__(self) -> str:
        return self.word
