"""The documents as commands read and write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli import documents
from tidegauge import settings
from tidegauge.settings import Settings
from tidegauge.storage.base import StoreUnavailableError


def write_and_fail(told: Settings) -> None:
    """What a command does whose store goes away."""
    with documents.opened(told, "nothing was done") as opened:
        opened.put("tokens", "a", b"{}")
        raise StoreUnavailableError("it is away")


def test_a_store_that_does_not_answer_ends_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With one line that says what failed then, and the code of the store; what was written before stays."""
    told = settings.read({"store": f"embedded:{tmp_path}"}, {})
    with pytest.raises(SystemExit) as caught:
        write_and_fail(told)
    assert caught.value.code == 4
    assert capsys.readouterr().err == "tidegauge: nothing was done: it is away\n"
    with documents.opened(told, "") as opened:
        assert [one.id for one in opened.list("tokens")] == ["a"]
