"""The pages of docs/ that are tables of the code are what the code says now."""

from __future__ import annotations

import re

import pytest

from docs.generate import FOLDER, PAGES
from tidegauge import settings
from tidegauge.metrics.catalogue import catalogue


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_what_the_code_says(name: str) -> None:
    """The committed page equals the generated one; `make docs` writes it anew."""
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"


@pytest.mark.parametrize("name", PAGES)
def test_each_line_of_a_table_has_its_cells(name: str) -> None:
    """No text of the code breaks a table: every line has as many cells as the first."""
    lines = [line for line in PAGES[name]().splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in lines}) == 1


def test_nothing_is_left_out() -> None:
    """Every setting and every metric has its line."""
    assert all(f"`{row.name}`" in PAGES["settings.md"]() for row in settings.TABLE)
    assert all(f"`{name}`" in PAGES["metrics.md"]() for name in catalogue())
