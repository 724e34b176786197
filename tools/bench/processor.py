"""CPU time from the kernel (Linux): the cost of a request, regardless of what else the machine does meanwhile."""

import os
from pathlib import Path

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")


def of_group(group: int) -> float:
    """Seconds of CPU time that all processes of a process group have used so far."""
    return sum(seconds for path in Path("/proc").glob("[0-9]*/stat") for seconds in _read(path, group=group))


def of_database() -> float:
    """Seconds of CPU time that PostgreSQL has used for connections to this database; 0 if it runs elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        processes = [pid for (pid,) in cursor.fetchall()]
    return sum(seconds for pid in processes for seconds in _read(Path(f"/proc/{pid}/stat"), name="postgres"))


def _read(path: Path, *, group: int | None = None, name: str = "") -> list[float]:
    """The seconds of one process; empty if it has ended or is not the one wanted."""
    try:
        head, _bracket, rest = path.read_text().rpartition(")")
    except OSError:
        return []
    fields = rest.split()
    if (group is not None and int(fields[2]) != group) or name not in head:
        return []
    return [(int(fields[11]) + int(fields[12])) / TICKS]
