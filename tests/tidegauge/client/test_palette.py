"""Colours: the pages' own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import assets
from layouts import figures
from tidegauge.client import palette

PALETTE = Path(assets.__file__).parent / "js" / "core" / "palette.mjs"
NAMES = ["user", "system", "free", "db-1", "db-2", "web é 😀", "a", "b", "c", "d", "e", "f"]


def test_the_palette_is_that_of_the_pages() -> None:
    """Colours as assets/tokens.css and layouts/figures.py have them, fixed names as palette.mjs."""
    assert palette.COLOURS == figures.COLOURS
    text = PALETTE.read_text(encoding="utf-8")
    table = re.search(r"const FIXED = \{(.*?)\n\};", text, re.DOTALL)
    assert table is not None
    pairs = re.findall(r'"?(\w+)"?: (NEUTRAL|\d+)', table[1])
    assert {name: -1 if place == "NEUTRAL" else int(place) for name, place in pairs} == palette.FIXED


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not installed")
def test_names_get_the_colours_of_the_pages() -> None:
    """The browser's function and ours give the same places."""
    asked = f"JSON.stringify(m.colours({json.dumps(NAMES)}))"
    code = f"import({json.dumps(PALETTE.as_uri())}).then((m) => console.log({asked}))"
    told = subprocess.run(["node", "-e", code], capture_output=True, text=True, check=True).stdout
    places = json.loads(told)
    expected = [palette.NEUTRAL if place < 0 else palette.COLOURS[place] for place in places]
    assert palette.colours(NAMES) == expected


@given(st.lists(st.text(), unique=True, max_size=30))
def test_names_share_a_colour_only_when_all_are_taken(names: list[str]) -> None:
    """Of up to eight names no two do, but for what is free."""
    found = palette.colours(names)
    assert len(found) == len(names)
    drawn = [ink for ink in found if ink != palette.NEUTRAL][: len(palette.COLOURS)]
    assert len(set(drawn)) == len(drawn)


def test_what_tells_metrics_apart() -> None:
    """The first word that they do not share; the last of a single one."""
    assert palette.own_word("a.b.user", ["a.b.user", "a.b.system"]) == "user"
    assert palette.own_word("a.b.user", ["a.b.user"]) == "user"


def test_colours_are_mixed_with_white() -> None:
    """All of it is the colour itself, nothing of it is white."""
    assert (palette.mixed("#0072b2", 1), palette.mixed("#0072b2", 0), palette.mixed("#000000", 0.5)) == (
        "#0072b2",
        "#ffffff",
        "#808080",
    )
