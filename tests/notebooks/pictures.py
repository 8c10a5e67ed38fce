"""Pictures of figures, for readers that draw none themselves: made by the pages' own Plotly in a real Chromium."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

import assets

FIGURE = "application/vnd.plotly.v1+json"
WIDTH = 760
_PLOTLY = Path(assets.__file__).parent / "vendor" / "plotly-basic.min.js"
_DRAW = "([figure, width]) => Plotly.newPlot('figure', figure.data, {...figure.layout, width}, {staticPlot: true})"


def add(notebook: Any, chromium: str, arguments: list[str]) -> None:
    """Put a picture beside each figure among a notebook's outputs."""
    with _page(chromium, arguments) as page:
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                if FIGURE in output.get("data", {}):
                    output["data"]["image/png"] = _picture(page, output["data"][FIGURE])


def _picture(page: Page, figure: Any) -> str:
    page.evaluate(_DRAW, [json.loads(json.dumps(figure)), WIDTH])
    return base64.b64encode(page.locator(".svg-container").screenshot()).decode()


@contextmanager
def _page(chromium: str, arguments: list[str]) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": WIDTH, "height": 600})
        page.set_content(f'<body style="margin:0"><div id="figure" style="width:{WIDTH}px"></div></body>')
        page.add_script_tag(path=_PLOTLY)
        yield page
        browser.close()
