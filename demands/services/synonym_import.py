"""Import synonyms from a spreadsheet: all rows, or nothing where any of them has a problem."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from foundation import audit, cached
from foundation.errors import TransitionNotAllowed
from foundation.installation import works_for_all
from foundation.sheets import Row, SheetError
from foundation.words import fold

from ..models import Synonym
from ..models.synonyms import joined, lock_synonyms, split
from ..sheets import synonyms as sheet

PERMISSIONS = ("demands.add_synonym", "demands.change_synonym")


@dataclass(frozen=True)
class Imported:
    """How many groups came in, were replaced, and were there already."""

    new: int
    changed: int
    same: int


def may_import(user) -> bool:
    """Whether somebody may import and export synonyms, which all of the installation searches by."""
    return user.has_perms(PERMISSIONS) and works_for_all(user)


def import_file(upload, *, actor) -> Imported:
    """Save the groups of a file, which replace those that they share words with. Doing it again changes nothing.

    Raises `SheetError` with all problems, and then saves nothing.
    """
    if not may_import(actor):
        raise TransitionNotAllowed(_("您的账号不能导入同义词。"))
    rows = sheet.read(upload)
    with transaction.atomic():
        imported = _save(rows)
        detail = f"new {imported.new}, changed {imported.changed}, same {imported.same}"
        audit.record(audit.AuditAction.IMPORTED, "synonym", actor=actor, detail=detail)
        cached.forget_edited()
    return imported


def _save(rows: list[Row]) -> Imported:
    lock_synonyms()
    replaced = _matched(rows, Synonym.objects.order_by("pk"))
    problems = [problem for row in rows for problem in row.problems]
    if problems:
        raise SheetError(*problems)
    new, changed = [], []
    for row in rows:
        words, asked = split(row.values["words"]), row.values["is_active"]
        group = replaced.get(row.number)
        if group is None:
            new.append(Synonym(words=joined(words), is_active=asked != sheet.INACTIVE))
            continue
        is_active = asked == sheet.ACTIVE if asked else group.is_active
        if (group.group, group.is_active) != (words, is_active):
            group.words, group.is_active = joined(words), is_active
            changed.append(group)
    Synonym.objects.bulk_create(new)
    Synonym.objects.bulk_update(changed, ["words", "is_active"], batch_size=500)
    return Imported(len(new), len(changed), len(rows) - len(new) - len(changed))


def _matched(rows: Iterable[Row], groups: Iterable[Synonym]) -> dict[int, Synonym]:
    """Return the group that each row replaces, by the row's number.

    Adds a problem to a row that shares words with several groups, or anything with an earlier row.
    """
    groups_of: dict[str, list[Synonym]] = {}
    for group in groups:
        for word in {fold(word) for word in group.group}:
            groups_of.setdefault(word, []).append(group)
    row_of_word: dict[str, int] = {}
    row_of_group: dict[int, int] = {}
    replaced = {}
    for row in rows:
        if row.problems:
            continue
        words = {fold(word): word for word in split(row.values["words"])}
        twice = next((word for word in words if word in row_of_word), None)
        if twice is not None:
            text = _("“%(word)s”在第 %(first)d 行已有，请合并为一行。")
            row.refuse("words", text % {"word": words[twice], "first": row_of_word[twice]})
            continue
        row_of_word.update(dict.fromkeys(words, row.number))
        found = {group.pk: group for word in words for group in groups_of.get(word, ())}
        if len(found) > 1:
            text = _("与已有的几组有相同的词：%(groups)s。请先在系统中合并为一组，或删除重复的词。")
            row.refuse("words", text % {"groups": "；".join(group.words for group in found.values())})
        elif found:
            [group] = found.values()
            first = row_of_group.setdefault(group.pk, row.number)
            if first != row.number:
                text = _("与第 %(first)d 行修改的是同一组：%(group)s。请合并为一行，或先在系统中拆分。")
                row.refuse("words", text % {"first": first, "group": group.words})
            replaced[row.number] = group
    return replaced
