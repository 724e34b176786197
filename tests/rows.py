"""Tables of cases that start from the same rows."""

import functools
import inspect
from collections.abc import Iterable
from http.cookies import SimpleCookie

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.utils import translation

from foundation import cached
from tests import factories


def each_row(names: str | tuple[str, ...], rows: Iterable, ids: list[str] | None = None):
    """`pytest.mark.parametrize` as one test: what its fixtures make, accounts and demands, is made once for all rows.

    Each row starts from what the fixtures left, and what it does to the database is rolled back. Every row that fails
    is told. Not for tests that patch something or change the objects that fixtures gave them.
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
            standing = dict(factories.standing)
            for title, row in zip(titles, rows, strict=True):
                values = dict(zip(names, row, strict=True))
                with subtests.test(title), transaction.atomic():
                    test(**fixtures, **values)
                    transaction.set_rollback(True)
                # As between two tests.
                for client, kept_cookies in zip(clients, cookies, strict=True):
                    client.cookies = SimpleCookie(kept_cookies)
                factories.standing.clear()
                factories.standing.update(standing)
                translation.activate(settings.LANGUAGE_CODE)
                cache.clear()
                cached.forget_all()

        every.__signature__ = inspect.Signature([*parameters, *more])
        return every

    return decorate
