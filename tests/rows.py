"""Parametrised tests whose cases share their fixtures, and many rows at once."""

import functools
import inspect
from collections.abc import Iterable
from http.cookies import SimpleCookie

from django.conf import settings
from django.core.cache import caches
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.utils import translation

from foundation import cached
from tests import factories


def each_row(names: str | tuple[str, ...], rows: Iterable, ids: list[str] | None = None, *, warm: bool = False):
    """Like `pytest.mark.parametrize`, but as one test, so that its fixtures create accounts and demands only once.

    Each row starts from the state after the fixtures, and its changes to the database are rolled back. Every failing
    row is reported. Not for tests that patch something or change the objects of fixtures.

    Args:
        warm: keep what is cached from row to row, as a process does: for rows that change nothing of it.
    """
    names = (names,) if isinstance(names, str) else tuple(names)
    rows = [row if len(names) > 1 else (row,) for row in rows]
    assert rows, "a table without rows tests nothing"
    titles = ids or [", ".join(map(repr, row))[:200] for row in rows]

    def decorate(test):
        parameters = [one for name, one in inspect.signature(test).parameters.items() if name not in names]
        asks = {one.name for one in parameters}
        more = [inspect.Parameter("subtests", inspect.Parameter.KEYWORD_ONLY)] if "subtests" not in asks else []

        @functools.wraps(test)
        def every(subtests, **fixtures):
            if "subtests" in asks:
                fixtures["subtests"] = subtests
            clients = [one for one in fixtures.values() if isinstance(one, Client)]
            cookies = [{name: cookie.value for name, cookie in client.cookies.items()} for client in clients]
            existing = dict(factories.existing)
            for title, row in zip(titles, rows, strict=True):
                values = dict(zip(names, row, strict=True))
                with subtests.test(title), transaction.atomic():
                    test(**fixtures, **values)
                    transaction.set_rollback(True)
                # As between two tests.
                for client, own_cookies in zip(clients, cookies, strict=True):
                    client.cookies = SimpleCookie(own_cookies)
                factories.existing.clear()
                factories.existing.update(existing)
                translation.activate(settings.LANGUAGE_CODE)
                for one in () if warm else settings.CACHES:
                    caches[one].clear()
                if not warm:
                    cached.forget_all()

        every.__signature__ = inspect.Signature([*parameters, *more])
        return every

    return decorate


def copies(row: Model, number: int, **own: str | None) -> list[Model]:
    """Further rows like this one, by one statement.

    Args:
        own: fields in which no two rows are alike: texts with {} for the number of the copy, or None.
    """
    fields = [field for field in row._meta.concrete_fields if not field.primary_key and not field.generated]
    values = {field.attname: getattr(row, field.attname) for field in fields}
    return type(row)._base_manager.bulk_create(
        type(row)(**values | {name: text and text.format(copy) for name, text in own.items()}) for copy in range(number)
    )


# What no two demands have in common.
OWN_OF_DEMANDS = {"ref": "NH-2026-5{:04d}", "form_hash": "form {}", "code_hash": "code {}", "contact_id": None}
