"""`make handbook-pictures`: takes all, or those named in ARGS; `--again` with the content of the run before."""

import os
import sys

from nanhu_portal import embedded

from . import stage

FOLDER = embedded.ROOT / "docs" / "zh" / "pictures"
MAX_TOGETHER = 3_000_000
# In which language the browser writes dates and its own buttons.
CHINESE = {"LANG": "zh_CN.UTF-8", "LANGUAGE": "zh_CN"}


def main(names: list[str], *, again: bool) -> None:
    # Playwright runs an event loop in this thread, where Django would refuse to ask the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with stage.portal(again=again) as home:
        from playwright.sync_api import Error, sync_playwright  # apps are ready only now

        from tests.browser.conftest import ARGUMENTS, find_chromium  # as above

        from .pictures import everything  # as above
        from .taking import CannotTakeError, save, take  # as above

        pictures = everything()
        sessions = {role: stage.signed_in(role) for role in {picture.role for picture in pictures} - {""}}
        if not (chromium := find_chromium()):
            sys.exit("No Chromium found: name one with CHROMIUM=")
        FOLDER.mkdir(exist_ok=True)
        failed = []
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, env=os.environ | CHINESE)
            for picture in pictures:
                if names and picture.name not in names:
                    continue
                try:
                    image = take(browser, home, picture, sessions.get(picture.role))
                    written = save(image, FOLDER / f"{picture.name}.webp")
                    print(f"  {picture.name}: {'written' if written else 'as before'}")
                except (CannotTakeError, Error) as error:
                    failed.append(f"{picture.name}: {error}")
            browser.close()
    if failed:
        sys.exit("\n".join(failed))
    _tidy({f"{picture.name}.webp" for picture in pictures})


def _tidy(known: set[str]) -> None:
    """Delete pictures that no handbook has any more, and say how large all are."""
    for path in FOLDER.iterdir():
        if path.name not in known:
            path.unlink()
    size = sum(path.stat().st_size for path in FOLDER.iterdir())
    print(f"→ {len(known)} pictures, {size // 1000} KB")
    if size > MAX_TOGETHER:
        sys.exit("The pictures are too large together: show less of the pages.")


if __name__ == "__main__":
    main([name for name in sys.argv[1:] if name != "--again"], again="--again" in sys.argv)
