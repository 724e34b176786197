"""A separate database for the benchmark, on the same server as the one in use."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import psycopg2
from django.db import connection
from psycopg2 import sql


def create(name: str) -> None:
    """Create an empty database; drops an existing one of that name."""
    drop(name)
    _execute("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'", name)


def drop(name: str) -> None:
    _execute("DROP DATABASE IF EXISTS {}", name)


def exists(name: str) -> bool:
    with _server() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def url(name: str) -> str:
    """The URL of that database, for `DATABASE_URL`."""
    server = connection.settings_dict
    user, password = quote(server["USER"], safe=""), quote(server["PASSWORD"], safe="")
    port = f":{server['PORT']}" if server["PORT"] else ""
    login = f"{user}:{password}" if password else user
    return f"postgres://{login}@{quote(server['HOST'], safe='')}{port}/{name}"


def _execute(statement: str, name: str) -> None:
    with _server() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def _server() -> Iterator:
    """A cursor outside any transaction, as CREATE DATABASE requires."""
    session = psycopg2.connect(**connection.get_connection_params())
    try:
        session.autocommit = True
        yield session.cursor()
    finally:
        session.close()
