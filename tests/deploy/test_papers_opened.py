"""LibreOffice opens papers and makes a PDF of each, which has the same words, and of which no page is blank.

The papers of one demand, one event and the year 2023 of the demo content stay in `var/papers`, as Word, PDF and
pictures of their pages.
"""

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from consultation.models import Event, places
from consultation.models.subdistricts import Voice
from demands.models import Demand
from demands.selectors import notice_board
from demands.selectors import papers as of_demands
from demands.services import handling
from foundation import paper_word
from foundation.accounts import User
from foundation.periods import Period
from members.selectors import papers as of_events
from nanhu_portal.embedded import VAR
from nanhu_portal.work_report.making import paper_of
from tests.nanhu_portal.conftest import demo, demo_database  # noqa: F401 - fixtures

FOLDER = VAR / "papers"
NEEDED = ("soffice", "pdftoppm", "pdftotext")

pytestmark = [
    pytest.mark.skipif(
        not all(map(shutil.which, NEEDED)), reason="LibreOffice Writer and poppler-utils open papers; they are not here"
    ),
]


def made() -> dict:
    """Each paper, and words that must be on its first page or later ones."""
    staff = User.objects.filter(is_superuser=True).first()
    demand = Demand.objects.open().filter(published_at__isnull=False, contact__isnull=False).first()
    handling.answer(demand, "{称呼}，已请物业到现场看过。", actor=staff)
    event = Event.objects.filter(agreements__isnull=False).exclude(minutes="").first()
    coming = Event.objects.upcoming().first()
    subdistrict = places.area(demand.area_id).subdistrict
    year = Period.around(Period.before(demand.received_at.date(), "year").first.replace(year=2023), "year")
    month = Period.around(demand.received_at.date(), "month")
    community = places.area(demand.area_id).community
    return {
        "demand-handover": ([of_demands.paper_of(demand, of_demands.HANDOVER)], ["居民需求转办单", demand.ref, "回执"]),
        "demand-charge": ([of_demands.paper_of(demand, of_demands.CHARGE)], ["的函", demand.ref]),
        "demand-reply": ([of_demands.paper_of(demand, of_demands.REPLY)], ["答复函", "居民朋友"]),
        "event-notice": ([of_events.paper_of(coming, of_events.NOTICE)], ["通知", "时间", "地点"]),
        "event-sign-in": ([of_events.paper_of(coming, of_events.SIGN_IN)], ["签到表", "姓名或单位"]),
        "event-minutes": ([of_events.paper_of(event, of_events.MINUTES)], ["会议纪要", "约定内容"]),
        "board": (notice_board.sheets([community], month), ["居民需求办理公示", "扫码看经过"]),
        "report-2023": (
            [paper_of(year, frozenset(places.within(subdistrict)), subdistrict)],
            ["2023年协商议事工作报告", "没有做到的事项", "每月收到的需求"],
        ),
    }


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout


def is_blank(picture: Path) -> bool:
    with Image.open(picture) as opened:
        darkest, _lightest = opened.convert("L").getextrema()
    return darkest > 200


def test_a_word_processor_opens_each_paper_and_finds_its_words(demo, tmp_path):  # noqa: F811 - the fixture
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    expected = {}
    for name, (papers, words) in made().items():
        (FOLDER / f"{name}.docx").write_bytes(paper_word.write(papers, author=str(Voice(None).texts)))
        expected[name] = words
    files = sorted(map(str, FOLDER.glob("*.docx")))
    # All at once: most of the time is that of starting.
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    run("soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(FOLDER), *files)
    pages = {}
    for name, words in expected.items():
        pdf = FOLDER / f"{name}.pdf"
        text = "".join(run("pdftotext", "-layout", str(pdf), "-").split())
        assert [word for word in words if word not in text] == [], name
        assert "{" not in text, name
        run("pdftoppm", "-r", "60", "-png", str(pdf), str(FOLDER / name))
        pictures = sorted(FOLDER.glob(f"{name}-*.png"))
        assert [picture.name for picture in pictures if is_blank(picture)] == []
        pages[name] = len(pictures)
    print(f"the papers are in {FOLDER}: {pages}")
    assert {name: pages[name] for name in ("demand-charge", "demand-reply", "event-notice")} == {
        "demand-charge": 1,
        "demand-reply": 1,
        "event-notice": 1,
    }
    assert pages["demand-handover"] <= 2 and 3 <= pages["report-2023"] <= 30
