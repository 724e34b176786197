"""Several things at the same moment, each in a thread and a database connection of its own."""

import threading
from collections.abc import Callable

from django.db import connection


def at_once(*acts: Callable) -> list:
    """Run all acts from one starting line and wait for them. Returns each one's result, or the exception it raised."""
    line = threading.Barrier(len(acts))
    results: list = [None] * len(acts)

    def run(place: int, act: Callable) -> None:
        try:
            connection.ensure_connection()
            line.wait(timeout=30)
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a thread hangs"
    return results


def await_a_waiting_lock(worker: threading.Thread) -> None:
    """Until somebody waits for a lock of this database; the worker can only wait or end."""
    with connection.cursor() as cursor:
        while worker.is_alive():
            # Within a transaction the view is read once, unless told otherwise.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
