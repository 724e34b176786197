"""The results, as JSON and as a table."""

import os
import platform

from django.conf import settings
from django.db import connection
from django.utils import timezone

from . import servers
from .rounds import ROUNDS, Row

COLUMNS = ("page", "server", "requests/s", "p50 ms", "p99 ms", "CPU ms", "of the floor", "by CPU", "aim", "queries")


def report(measured: list[Row], *, rows: int, seconds: float, connections: int, load: float) -> dict:
    """Everything that the table shows, and what it was measured on; ready for JSON.

    `load`: the load average before the measurement.
    """
    return {
        "at": timezone.localtime().isoformat(timespec="seconds"),
        "rows": rows,
        "seconds": seconds,
        "rounds": ROUNDS,
        "connections": connections,
        "cpus": len(os.sched_getaffinity(0)),
        "workers": settings.WEB_WORKERS,
        "other_load": round(load, 1),
        "servers": sorted({servers.label(row.server) for row in measured}),
        "python": platform.python_version(),
        "postgresql": connection.pg_version // 10000,
        "pages": [
            {
                "page": row.page,
                "server": row.server,
                "requests_per_second": round(row.rate, 1),
                "p50_ms": round(row.milliseconds(50), 1),
                "p99_ms": round(row.milliseconds(99), 1),
                "cpu_ms": round(row.cpu_milliseconds, 2),
                "of_floor": round(row.of_floor, 3),
                "of_floor_by_cpu": round(row.of_floor_by_cpu, 3),
                "aim": row.aim,
                "queries": row.queries,
            }
            for row in measured
        ],
    }


def table(figures: dict) -> list[str]:
    """The lines of the table, after a line on what was measured."""
    cells = [
        [
            page["page"],
            page["server"],
            f"{page['requests_per_second']:,.1f}",
            f"{page['p50_ms']:.1f}",
            f"{page['p99_ms']:.1f}",
            f"{page['cpu_ms']:.2f}",
            f"{page['of_floor']:.3f}",
            f"{page['of_floor_by_cpu']:.3f}",
            "" if page["aim"] is None else f"{page['aim']:.2f}",
            str(page["queries"]),
        ]
        for page in figures["pages"]
    ]
    widths = [max(map(len, column)) for column in zip(COLUMNS, *cells, strict=True)]

    def line(row) -> str:
        texts = [text.ljust(width) for text, width in zip(row[:2], widths[:2], strict=True)]
        return "  ".join([*texts, *(text.rjust(width) for text, width in zip(row[2:], widths[2:], strict=True))])

    head = (
        f"{figures['rows']:,} demands, {figures['cpus']} cores, {figures['workers']} workers, "
        f"{figures['connections']} connections, {figures['seconds']:g} s a page, load before {figures['other_load']}; "
        f"{', '.join(figures['servers'])}, Python {figures['python']}, PostgreSQL {figures['postgresql']}"
    )
    return [head, line(COLUMNS), "  ".join("-" * width for width in widths), *map(line, cells)]
