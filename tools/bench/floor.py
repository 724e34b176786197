"""The floor: the minimum cost of server, PostgreSQL and template engine, without the portal.

A bare WSGI program: one indexed SELECT of 20 rows on a persistent connection, one small Django template.
"""

import os
import threading

import django
import psycopg2
from django.conf import settings
from django.template import Context, Engine

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanhu_portal.settings")
django.setup(set_prefix=False)  # for the formats of numbers and dates

QUERY = """
    SELECT ref, public_title, status, support_count, published_at FROM demands_demand
    WHERE published_at IS NOT NULL ORDER BY published_at DESC, id DESC LIMIT 20
"""
TEMPLATE = Engine().from_string(
    "<!doctype html><title>20</title><ul>"
    "{% for ref, title, status, supports, day in rows %}"
    '<li><a href="/demands/{{ ref }}/">{{ title }}</a> {{ status }} {{ supports }} {{ day|date:"Y-m-d" }}</li>'
    "{% endfor %}</ul>"
)
local = threading.local()


def _cursor():
    if not hasattr(local, "cursor"):
        database = settings.DATABASES["default"]
        connection = psycopg2.connect(
            dbname=database["NAME"],
            user=database["USER"] or None,
            password=database["PASSWORD"] or None,
            host=database["HOST"] or None,
            port=database["PORT"] or None,
        )
        connection.autocommit = True
        local.cursor = connection.cursor()
    return local.cursor


def application(environ, start_response):
    cursor = _cursor()
    cursor.execute(QUERY)
    body = TEMPLATE.render(Context({"rows": cursor.fetchall()})).encode()
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(len(body)))])
    return [body]
