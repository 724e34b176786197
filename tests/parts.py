"""Parts of one test of which each fails for itself, and the others still run."""

import contextlib

import pytest

FAILURES = (Exception, pytest.fail.Exception)


class Parts:
    """As pytest's own subtests, without a report of each part that passes.

    There are thousands of them, and each report goes through all plugins, and from the worker to the controller.
    """

    def __init__(self) -> None:
        self.failures: list[BaseException] = []

    @contextlib.contextmanager
    def test(self, title: str = "", **values):
        try:
            yield
        except FAILURES as error:
            error.add_note(f"in {title or values}")
            self.failures.append(error)

    @contextlib.contextmanager
    def reported(self):
        """Around the test: fail with every part that failed, also when the test then fails or skips itself."""
        try:
            yield
        except (*FAILURES, pytest.skip.Exception) as error:
            if not self.failures:
                raise
            raise self._all() from error
        if self.failures:
            raise self._all()

    def _all(self) -> BaseException:
        return BaseExceptionGroup(f"{len(self.failures)} parts failed", self.failures)
