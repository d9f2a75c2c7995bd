"""What keeps people out of a page: what axe (tests/browser/vendor) finds in it."""

import json
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Without `resultTypes` axe also tells all that passed, which takes three times as long (measured on the styleguide).
_RUN = f'axe.run({{runOnly: {json.dumps(_RULES)}, resultTypes: ["violations"]}})'


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds on the page that is shown: each rule that is broken, and the markup that breaks it."""
    page.evaluate("document.fonts.ready")
    page.evaluate(_AXE)
    found: dict[str, Any] = page.evaluate(_RUN)
    return [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]]
