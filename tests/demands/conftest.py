"""What a failed act must leave behind: nothing."""

import pytest
from django.apps import apps
from django.db import connection


@pytest.fixture
def database():
    """Call it for the content of all our tables as it is now; two calls compare."""
    tables = [
        model._meta.db_table
        for model in apps.get_models()
        if model._meta.app_label in ("foundation", "consultation", "members", "demands")
    ]

    # All in one statement: a table at a time would be most of the time of a test that looks after each refusal.
    texts = [f"(SELECT string_agg(t::text, '; ' ORDER BY t::text) FROM {table} t)" for table in tables]  # noqa: S608

    def content() -> dict[str, str]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(texts)}")
            return dict(zip(tables, cursor.fetchone(), strict=True))

    return content
