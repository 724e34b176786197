"""Runs Lighthouse on the key pages, served as by `make run`: `make lighthouse`.

Needs a Chromium and Node, and fetches the named version of Lighthouse. Writes var/lighthouse.json, prints a table, and
fails where accessibility is below 100 or performance below 95.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.servers import free_port

ROOT = Path(__file__).resolve().parents[1]
VERSION = "13.5.0"
MIN = {"accessibility": 100, "performance": 95}
CATEGORIES = ["performance", "accessibility", "best-practices", "seo"]
# A slow phone on a slow connection, and a desktop, as simulated by Lighthouse.
PRESETS = {"phone": [], "desk": ["--preset=desktop"]}
FLAGS = ["--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
# Hides npm's warnings about this version of Node.
QUIET = {"npm_config_loglevel": "error"}
WAIT_SECONDS = 300  # the first start loads the demo


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our own server
        return answer.read().decode()


def wait_for(server: subprocess.Popen, home: str) -> None:
    ends = time.monotonic() + WAIT_SECONDS
    while server.poll() is None and time.monotonic() < ends:
        try:
            read(home)
            return
        except OSError:
            time.sleep(0.5)
    sys.exit("The portal did not start.")


def addresses(home: str) -> dict[str, str]:
    """Home page, form, list, and a demand of the list."""
    detail = re.search(r'href="(/demands/[A-Z]+[^"/]*/)"', read(f"{home}/demands/"))
    if detail is None:
        sys.exit("No published need is in the list: load the demo.")
    return {"home": "/", "submit": "/demands/new/", "list": "/demands/", "detail": detail[1]}


def measure(address: str, preset: str, chromium: str) -> dict:
    """Scores of 0 to 100 by category, and the audits that cost points."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        command = ["npx", "--yes", f"lighthouse@{VERSION}", address, f"--output-path={path}", *FLAGS, *PRESETS[preset]]
        command.append(f"--only-categories={','.join(CATEGORIES)}")
        subprocess.run(command, env=os.environ | {"CHROME_PATH": chromium} | QUIET, check=True)
        report = json.loads(path.read_text())
    audits = [
        audit["title"] + (f" ({audit['displayValue']})" if audit.get("displayValue") else "")
        for audit in report["audits"].values()
        if audit["score"] is not None and audit["score"] < 1
    ]
    return {name: round(report["categories"][name]["score"] * 100) for name in CATEGORIES} | {"audits": audits}


def table(results: list[dict]) -> list[str]:
    lines = [f"{'page':8} {'on a':6} " + " ".join(f"{name:>14}" for name in CATEGORIES)]
    for one in results:
        lines.append(f"{one['page']:8} {one['on']:6} " + " ".join(f"{one[name]:>14}" for name in CATEGORIES))
    return lines


def main() -> None:
    chromium = os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium or not shutil.which("npx"):
        sys.exit("Lighthouse needs a Chromium (name it with CHROME_PATH) and Node with npx.")
    port = free_port()
    home = f"http://127.0.0.1:{port}"
    environment = os.environ | {"PORT": str(port), "SITE_URL": home}
    server = subprocess.Popen([sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment)
    results = []
    try:
        wait_for(server, home)
        for page, path in addresses(home).items():
            for preset in PRESETS:
                results.append({"page": page, "on": preset} | measure(home + path, preset, chromium))
    finally:
        server.terminate()
        server.wait()
    (ROOT / "var" / "lighthouse.json").write_text(json.dumps(results, ensure_ascii=False, indent=1))
    print("\n".join(table(results)))
    poor = [one for one in results if any(one[name] < least for name, least in MIN.items())]
    for one in poor:
        print(f"\n{one['page']} on a {one['on']}:", *one["audits"], sep="\n  ")
    sys.exit(bool(poor))


if __name__ == "__main__":
    main()
