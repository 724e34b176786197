"""Visitors who send photos, over the network and in parts as browsers do."""

import re
from collections.abc import Sequence
from pathlib import Path

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.factories import image_bytes
from tests.faults.cluster import descendants
from tests.pages import form, words
from tests.visitors import Answer, Visitor

TEXT = "3 号门外路灯坏了两周，晚上看不清台阶。"


def send_photos(visitor: Visitor, photos: Sequence[bytes]) -> Answer:
    """Begin a demand, and send its first page with these photos."""
    page = form(visitor.get("/demands/new/"), "state")
    files = [SimpleUploadedFile(f"{number}.jpg", content) for number, content in enumerate(photos)]
    values = page.values | {"description": TEXT, "go": "next", "photos": files}
    return visitor.ask("POST", "/demands/new/", encode_multipart(BOUNDARY, values), {"Content-Type": MULTIPART_CONTENT})


def takes_photos(visitor: Visitor) -> bool:
    """Whether an ordinary photo is kept. Fails with what the page says instead."""
    answer = send_photos(visitor, [image_bytes(size=(640, 480))])
    assert kept_photos(answer) == 1, words(answer)
    return True


def kept_photos(answer: Answer) -> int:
    """How many photos the page says it keeps."""
    return len(re.findall(r"/demands/new/photos/[^/]+\.jpg", answer.text))


def memory(pid: int) -> int:
    """Bytes that the process and everything it started hold of their own, shared ones once."""
    total = 0
    for one in descendants(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has just ended
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total
