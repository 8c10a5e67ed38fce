"""Exit codes, as docs/operations.md has them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import exits
from tidegauge.storage.base import StoreError

DOCS = Path(__file__).parent.parent.parent / "docs/operations.md"


def test_leaving_says_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, with the program's name before it."""
    with pytest.raises(SystemExit) as caught:
        exits.leave(exits.STORE, "the store is locked")
    assert caught.value.code == 4
    assert capsys.readouterr() == ("", "tidegauge: the store is locked\n")


def test_a_store_that_cannot_be_opened_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is something to do."""
    for error, line in (
        (StoreError("it is locked", permanent=True, hint="stop the other"), "it is locked; stop the other"),
        (StoreError("it is broken", permanent=True), "it is broken"),
    ):
        with pytest.raises(SystemExit) as caught:
            exits.leave_for(error)
        assert caught.value.code == exits.STORE
        assert capsys.readouterr().err == f"tidegauge: {line}\n"


def test_each_code_is_documented() -> None:
    """And stands for one thing."""
    codes = [value for name, value in vars(exits).items() if name.isupper()]
    assert len(set(codes)) == len(codes)
    text = DOCS.read_text(encoding="utf-8")
    assert all(f"| {code} | " in text for code in codes)
