"""Every page in a real Chromium, in both languages: quiet, readable, reached by keyboard, and not wider when zoomed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import pytest
from PIL import Image

from tests.e2e.pages import PAGES, Page
from tests.e2e.visits import Visits
from tests.snapshots import Snapshots

PICTURES: Final = Path(__file__).parents[2] / "docs" / "pictures"
_RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_CONTROLS: Final = (
    "a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary, [tabindex='0']"
)


@pytest.fixture(scope="module")
async def visits(snapshots: Snapshots, chromium: Any) -> AsyncIterator[Visits]:
    async with Visits(snapshots, chromium) as visits:
        yield visits


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_a_page_is_quiet_and_readable_in_both_languages_light_and_dark(
    visits: Visits, page: Page
) -> None:
    from axe_playwright_python.async_playwright import Axe  # type: ignore[import-not-found]  # only ./mz e2e installs it

    found: dict[str, Any] = {}
    for lang in ("zh", "en"):
        visit = await visits.to(page, lang=lang)
        html = await visit.tab.get_attribute("html", "lang")
        for scheme in ("light", "dark"):
            await visit.tab.emulate_media(color_scheme=scheme)
            results = await Axe().run(visit.tab, options={"runOnly": {"type": "tag", "values": _RULES}})
            faults = [
                (
                    each["id"],
                    [node["target"] for node in each["nodes"]][:3],
                    each["nodes"][0]["failureSummary"][:200],
                )
                for each in results.response["violations"]
            ]
            right = (page.status, [], [], {"zh": "zh-CN", "en": "en"}[lang])
            if (seen := (visit.status, faults, visit.complaints, html)) != right:
                found[f"{lang} {scheme}"] = seen

    assert found == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
async def test_the_keyboard_reaches_every_control_and_a_picture_is_kept(visits: Visits, page: Page) -> None:
    tab = (await visits.to(page)).tab
    keep(await tab.screenshot(scale="css"), page.name)
    wanted = await tab.evaluate(_MARK, _CONTROLS)
    reached: set[str] = set()
    for _ in range(2 * len(wanted) + 5):
        await tab.keyboard.press("Tab")
        reached.add(await tab.evaluate("document.activeElement.dataset.control || ''"))
        if len(reached - {""}) == len(wanted):
            break

    missing = [words for number, words in wanted if number not in reached]
    assert missing == []


def keep(picture: bytes, name: str) -> None:
    """The picture in docs/pictures/, in 128 colours: pages have few, and a clone should stay small."""
    PICTURES.mkdir(exist_ok=True)
    Image.open(BytesIO(picture)).convert("RGB").quantize(128).save(PICTURES / f"{name}.png", optimize=True)


_MARK: Final = """selector => [...document.querySelectorAll(selector)]
  .filter(control => control.offsetParent && getComputedStyle(control).visibility === "visible")
  .filter(control => control.tabIndex >= 0 && !control.closest("[inert]"))
  .filter(control => control.matches("summary") || !control.closest("details:not([open])"))
  .filter(control => {
    // Of radio buttons of one name, Tab stops at one: the chosen one, else the first.
    if (control.type !== "radio") return true;
    const group = [...document.querySelectorAll(`input[type=radio][name="${control.name}"]`)];
    return control === (group.find(each => each.checked) || group[0]);
  })
  .map((control, n) => { control.dataset.control = String(n); return [String(n), control.outerHTML.slice(0, 120)]; })"""


@pytest.mark.parametrize("page", [page for page in PAGES if page.narrow], ids=lambda page: page.name)
async def test_at_400_percent_nothing_is_read_by_scrolling_sideways(visits: Visits, page: Page) -> None:
    tab = (await visits.to(page, width=320, height=256)).tab
    wide = await tab.evaluate("document.scrollingElement.scrollWidth")

    assert wide <= 320
