"""`manage.py bench` as a whole: its own database, server and client."""

import json
import os

import pytest
from django.core.management import call_command

from tests import databases
from tests.nanhu_portal.test_bench import PAGES
from tools.bench import database, searches
from tools.bench.report import table

pytestmark = pytest.mark.faults


@pytest.mark.django_db
def test_the_command_fills_measures_and_writes_what_it_prints(migrated, monkeypatch, tmp_path, capfd):
    # A copy has its tables already; creating them would take 12 s.
    monkeypatch.setattr(database, "create", lambda name: databases.copy(migrated, name))
    output = tmp_path / "bench.json"
    few = {"rows": 60, "seconds": 0.15, "connections": 2, "page": list(PAGES)}
    call_command("bench", **few, database=f"bench_{os.getpid()}", output=output)
    figures = json.loads(output.read_text())
    assert set(figures) == {
        "at", "rows", "seconds", "rounds", "connections", "cpus", "workers", "other_load", "servers",
        "python", "postgresql", "pages", "searches",
    }  # fmt: skip
    assert [page["page"] for page in figures["pages"]] == ["floor", *PAGES]
    for page in figures["pages"]:
        assert set(page) == {
            "page", "server", "requests_per_second", "p50_ms", "p99_ms", "cpu_ms", "of_floor",
            "of_floor_by_cpu", "aim", "queries",
        }  # fmt: skip
        assert page["requests_per_second"] > 0
        assert 0 < page["p50_ms"] <= page["p99_ms"]
    assert [page["aim"] for page in figures["pages"]] == [None, *PAGES.values()]
    assert [figure["typed"] for figure in figures["searches"]] == list(searches.WORDS.values())
    found = {figure["name"]: figure["found"] for figure in figures["searches"]}
    assert found["nearly everywhere"] > found["common"] == found["traditional"] >= found["nowhere"] == 0
    assert all(figure["best_ms"] > 0 for figure in figures["searches"])
    printed = capfd.readouterr().out
    assert all(line in printed for line in [*table(figures), *searches.table(figures["searches"])])
