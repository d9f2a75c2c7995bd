"""The styleguide in a browser: its pictures, access by day, by night and from right to left, its switches.

The pictures in `pictures/` are the page with a cell of a few pixels for every `PX_A_CELL` of it. So small, they keep
where things stand and what colour they have, and lose hair lines and how a machine draws the edge of a letter, which
differs. Words in scripts that our font lacks are left out, as their fonts are the machine's own. After a change that
was meant, delete the picture, run the test (it writes the new one, and fails), look at the page, and commit it.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.access import violations
from tests.browser.styleguide_site import STYLEGUIDE, serve_styleguide

pytestmark = pytest.mark.usefixtures("private_demo")

PICTURES = Path(__file__).parent / "pictures"
PICTURES_BYTES_MAX = 60_000
PX_A_CELL = 39
# A channel (0 to 255) is kept in steps of 16, which makes the files small. A cell is another one where a channel
# differs by more than one step.
CHANNEL_MAY_DIFFER = 16
# Cells in a thousand that may be others. Chromium with other hinting, smoothing or colour profile: none; buttons that
# stand 12 px lower: 4 on a desk, 9 on a phone.
CELLS_MAY_DIFFER = 1.0
LOOKS = ["light", "dark", "rtl"]
QUERIES = {"light": "?theme=light", "dark": "?theme=dark", "rtl": "?theme=light&dir=rtl"}
WIDTHS = [390, 1440]
# What a picture must show; on a desk, where fewer cells change, what is hardest to see.
CHANGES = {
    390: {
        "another accent": ":root { --accent: #0b57d0 }",
        "another tint": ":root { --good-tint: #fbd0a0 }",
        "no tags": ".tag { display: none }",
    },
    1440: {"buttons lower by 12 px": ".button { translate: 0 12px }"},
}
UNLIKE_ELSEWHERE = ".guide-scripts { visibility: hidden }"
# The page's policy forbids a style in the page, and allows one that a script made.
ADOPT = """(styles) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  document.adoptedStyleSheets = [sheet];
}"""
FETCH_PICTURES = """() => Promise.all([...document.images].map((one) => {
  one.loading = "eager";
  return one.decode();
}))"""
READ = """async ([data, across]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + data;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = across ?? image.width;
  canvas.height = Math.round((image.height * canvas.width) / image.width);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const cells = context.getImageData(0, 0, canvas.width, canvas.height);
  cells.data.forEach((channel, at) => { if (at % 4 < 3) cells.data[at] = (channel & 0xf0) | 8; });
  context.putImageData(cells, 0, 0);
  return [canvas.toDataURL("image/png").split(",")[1], canvas.width, [...cells.data]];
}"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A small picture: its file, how many cells it is wide, and its cells, four channels each."""

    file: bytes
    across: int
    channels: list[int]

    def unlike(self, other: "Picture") -> float:
        """Return how many cells in a thousand are others; a row more or less counts as its cells."""
        assert self.across == other.across
        cells, others = (list(zip(*[iter(one.channels)] * 4, strict=True)) for one in (self, other))
        unlike = abs(len(cells) - len(others))
        for cell, another in zip(cells, others, strict=False):
            unlike += max(abs(one - two) for one, two in zip(cell, another, strict=True)) > CHANNEL_MAY_DIFFER
        return 1000 * unlike / len(cells)


@pytest.fixture(params=WIDTHS)
def guide(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page that the styleguide is served to, on a phone and on a desk."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 900}, reduced_motion="reduce", locale="en-GB"
    )
    page = context.new_page()
    serve_styleguide(page)
    yield page
    context.close()


def open_guide(page: Page, look: str) -> None:
    """Open the styleguide in a look, and wait for its fonts and for pictures that are not in view."""
    page.goto(STYLEGUIDE + QUERIES[look], wait_until="load")
    page.evaluate("document.fonts.ready")
    page.evaluate(FETCH_PICTURES)


def picture_of(page: Page, style: str = "") -> Picture:
    """Return the small picture of the whole page; `style` is what to change in it first."""
    page.evaluate(ADOPT, UNLIKE_ELSEWHERE + style)
    taken = page.screenshot(full_page=True)
    size = page.viewport_size
    assert size
    return read_picture(page, taken, size["width"] // PX_A_CELL)


def read_picture(page: Page, file: bytes, across: int | None = None) -> Picture:
    """Return a picture from a PNG, scaled where that is asked for; the browser reads and scales it."""
    reader = page.context.new_page()
    data, wide, channels = reader.evaluate(READ, [b64encode(file).decode(), across])
    reader.close()
    return Picture(b64decode(data), wide, channels)


@pytest.mark.parametrize("look", LOOKS)
def test_the_styleguide_is_for_everybody_fits_and_looks_as_it_did(guide: Page, look: str) -> None:
    assert guide.viewport_size
    width = guide.viewport_size["width"]
    open_guide(guide, look)

    found = violations(guide)
    wide = guide.evaluate("document.documentElement.scrollWidth")
    now = picture_of(guide)

    assert found == []
    assert wide == width
    path = PICTURES / f"{look}-{width}.png"
    if not path.exists():
        path.write_bytes(now.file)
        pytest.fail(f"wrote {path}: look at the page, then commit it")
    assert read_picture(guide, path.read_bytes()).unlike(now) <= CELLS_MAY_DIFFER


def test_a_picture_shows_a_changed_colour_and_a_moved_part(guide: Page) -> None:
    assert guide.viewport_size
    open_guide(guide, "light")
    as_it_is = picture_of(guide)

    changes = CHANGES[guide.viewport_size["width"]]
    unlike = {name: as_it_is.unlike(picture_of(guide, change)) for name, change in changes.items()}

    assert as_it_is.unlike(picture_of(guide)) == 0
    assert [name for name, cells in unlike.items() if cells <= CELLS_MAY_DIFFER] == []


def test_the_pictures_are_small_and_each_is_compared() -> None:
    files = {path.name: path.stat().st_size for path in PICTURES.iterdir()}

    assert set(files) == {f"{look}-{width}.png" for look in LOOKS for width in WIDTHS}
    assert sum(files.values()) <= PICTURES_BYTES_MAX


def test_the_switches_work_without_a_reload_and_stay_in_the_address(guide: Page) -> None:
    said: list[str] = []
    guide.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    open_guide(guide, "light")
    guide.evaluate("window.untouched = true")

    guide.get_by_role("link", name="Dark").click()
    guide.get_by_role("link", name="Right to left").click()

    expect(guide).to_have_url(f"{STYLEGUIDE}?theme=dark&dir=rtl")
    expect(guide.locator("html")).to_have_attribute("data-theme", "night")
    expect(guide.locator("html")).to_have_attribute("dir", "rtl")
    expect(guide.locator(".guide-switches [aria-current]")).to_have_text(["Dark", "Right to left"])
    assert guide.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(17, 18, 29)"
    guide.get_by_role("link", name="Auto").click()
    expect(guide.locator("html")).not_to_have_attribute("data-theme", "night")
    assert guide.evaluate("window.untouched")
    assert said == []


def test_a_dialog_asks_and_its_safe_answer_closes_it(guide: Page) -> None:
    open_guide(guide, "light")

    guide.get_by_role("button", name="Ask me").click()
    expect(guide.locator("#ask")).to_be_visible()
    expect(guide.locator("#ask").get_by_role("button", name="Keep it")).to_be_focused()
    guide.keyboard.press("Enter")

    expect(guide.locator("#ask")).to_be_hidden()
    expect(guide.get_by_role("button", name="Ask me")).to_be_focused()


def test_without_colours_of_ours_controls_keep_their_outlines(browser: Browser) -> None:
    context = browser.new_context(forced_colors="active", viewport={"width": 390, "height": 900})
    page = context.new_page()
    serve_styleguide(page)
    open_guide(page, "light")

    for part in (".button", ".tag", ".stock-bar progress", ".tabs a[aria-current]", ".quantity"):
        edges = page.locator(part).first.evaluate("one => getComputedStyle(one).borderBlockEndColor")
        assert edges not in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}, part
    context.close()
