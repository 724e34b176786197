"""Validate HTML with html-validate, in one Node process for all pages of a worker."""

import json
import shutil
import subprocess
from pathlib import Path

NODE = Path(__file__).parents[1] / "node"


class Validator:
    """Validates the source of pages."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            ["node", NODE / "html.js"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __call__(self, source: str) -> list[str]:
        """The errors, one sentence each."""
        self.process.stdin.write(json.dumps(source) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self) -> "Validator":
        return self

    def __exit__(self, *exception) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def is_there() -> bool:
    return bool(shutil.which("node")) and (NODE / "node_modules" / "html-validate").is_dir()
