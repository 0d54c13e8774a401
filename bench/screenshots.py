"""Takes pictures of the main pages, with drawn works alone.

    python -m bench.screenshots [--num 120] [--out docs/images]

Needs Chromium (Debian: ``apt-get install chromium``) and ``pip install playwright``.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from tests.browsing import chromium, drawn_library, served, why_not


def nothing(_page: Any, _drawings: Path) -> None:
    """A page as it opens."""


def like_two(page: Any, _drawings: Path) -> None:
    tiles = page.locator("#wall > li")
    for place, taste in ((1, "like"), (4, "dislike")):
        tiles.nth(place).hover()
        tiles.nth(place).locator(f'[data-taste="{taste}"]').click()
    page.locator("#wall > li").nth(2).hover()


def open_a_work(page: Any, _drawings: Path) -> None:
    page.locator("#wall > li a").nth(3).click()
    page.wait_for_selector("article.work")


def related_of_a_work(page: Any, drawings: Path) -> None:
    open_a_work(page, drawings)
    page.get_by_role("checkbox").first.check()
    page.locator("#related").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#related').scrollIntoView()")
    page.wait_for_load_state("networkidle")


def upload_one(page: Any, drawings: Path) -> None:
    page.set_input_files("#pictures", sorted((drawings / "images").iterdir())[14])
    page.wait_for_selector(".uploaded .has-chips")
    page.evaluate("scrollTo(0, 330)")


@dataclass(frozen=True)
class Shot:
    """A page, what is done on it, and how it is looked at."""

    path: str
    act: Callable[[Any, Path], None] = nothing
    size: tuple[int, int] = (1360, 850)
    scheme: str = "light"
    locale: str = "en-US"


SHOTS = {
    "gallery": Shot("/", like_two),
    "gallery-dark": Shot("/?q=long_hair -glasses", scheme="dark", locale="ja-JP"),
    "gallery-narrow": Shot("/", size=(390, 844), locale="ja-JP"),
    "work": Shot("/", open_a_work),
    "work-dark": Shot("/", open_a_work, scheme="dark", locale="ja-JP"),
    "work-narrow": Shot("/", open_a_work, size=(390, 844), scheme="dark"),
    "related": Shot("/", related_of_a_work),
    "upload": Shot("/upload", upload_one, locale="ja-JP"),
    "correct": Shot("/correct"),
    "correct-narrow": Shot("/correct", size=(390, 844), scheme="dark", locale="ja-JP"),
    "model": Shot("/model"),
    "library": Shot("/library", scheme="dark", locale="ja-JP"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num", type=int, default=120, help="works to draw")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), help="where they go")
    parser.add_argument("--only", nargs="*", choices=list(SHOTS), default=list(SHOTS))
    asked = parser.parse_args()
    if reason := why_not():
        raise SystemExit(reason)
    asked.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        library = drawn_library(Path(folder), num=asked.num, size_px=512)
        with served(library) as address, chromium() as browser:
            for name in asked.only:
                take(browser, address, SHOTS[name], library.parent / "drawings", asked.out / name)
                print(asked.out / f"{name}.webp")


def take(browser: Any, address: str, shot: Shot, drawings: Path, out: Path) -> None:
    width, height = shot.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=shot.scheme,
        locale=shot.locale,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(address + shot.path)
    page.wait_for_load_state("networkidle")
    shot.act(page, drawings)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.convert("RGB").save(out.with_suffix(".webp"), quality=86, method=6)
    context.close()


if __name__ == "__main__":
    main()
