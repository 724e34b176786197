"""Ways to break the portal that nobody would see at once, each with the test that catches it.

`manage.py try_breaks` tries them; `docs/breaks.md` lists them. A break that can no longer be made, since its line was
rewritten, stops the command: give it the new line, or another one of its kind.
"""

from typing import NamedTuple


class Break(NamedTuple):
    """One change of one file.

    `before` occurs in `file` exactly once and is replaced by `after`; `test` is the pytest name of what must fail.
    """

    what: str
    file: str
    before: str
    after: str
    test: str


BREAKS: list[Break] = []
