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
