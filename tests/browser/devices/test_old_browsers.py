"""Scripts and styles use nothing that the browsers of older phones cannot read (tests/node/package.json names them)."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

NODE = Path(__file__).parents[2] / "node"
STATIC = Path(settings.BASE_DIR) / "static"


def unknown_to_some(folder: Path) -> list[str]:
    """A sentence for each thing that some browser does not know."""
    if not shutil.which("node") or not (NODE / "node_modules" / "doiuse").is_dir():
        pytest.skip("Node, or what `npm ci --prefix tests/node` installs, is not there")
    command = ["node", NODE / "old_browsers.js", folder]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout)


def test_no_browser_of_an_older_phone_is_left_out():
    assert unknown_to_some(STATIC) == []


def test_what_is_too_new_is_found(tmp_path):
    (tmp_path / "syntax.js").write_text("class Lamp {\n  static { let lit; }\n}")
    (tmp_path / "things.js").write_text("fetch('/');\nnew CompressionStream('gzip');")
    (tmp_path / "new.css").write_text(".a { color: oklch(50% .1 200); }\n.b { .c { color: red; } }")
    found = " ".join(unknown_to_some(tmp_path))
    assert "syntax.js:2: Parsing error" in found
    assert "things.js:2: CompressionStream is not supported in" in found
    assert "new.css:2: CSS Nesting not supported" in found


SUFFIXES = {".html", ".css", ".js"}
LOADED = re.compile(
    r"""(?:\bsrc(?:set)?=|@import|url\(|fetch\(|import\(|<link[^>]+href=)\s*["']?((?:https?:)?//[^\s"')]+)"""
)
LOADING = """
<script src="https://cdn.example/a.js"></script><img srcset="//cdn.example/b.png 2x">
<link rel="stylesheet" href="https://fonts.example/css">
@import "https://cdn.example/c.css"; src: url(https://fonts.example/d.woff2); fetch("https://map.example/tile");
"""


def test_nothing_is_loaded_from_elsewhere():
    """No font, script, style, picture or map: domestic networks may not reach it, and it would see who reads."""
    templates = Path(settings.BASE_DIR) / "templates"
    read = [path for folder in (STATIC, templates) for path in folder.rglob("*") if path.suffix in SUFFIXES]
    assert len(read) > 200
    found = [(path.name, match) for path in read for match in LOADED.findall(path.read_text())]
    assert found == []
    assert len(LOADED.findall(LOADING)) == 6
