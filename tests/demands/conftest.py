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

    def content() -> dict[str, str]:
        found = {}
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT string_agg(t::text, '; ' ORDER BY t::text) FROM {table} t")  # noqa: S608
                found[table] = cursor.fetchone()[0]
        return found

    return content
