"""The secret key."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from cli import secret
from tidegauge import settings
from tidegauge.storage.base import StoreError


def told(store: str, **given: str) -> settings.Settings:
    return settings.read({"store": store, **given}, {})


def test_a_key_is_made_once_beside_an_embedded_store(tmp_path: Path) -> None:
    """Its owner alone reads it; whoever asks at the same time gets the same."""
    store = f"embedded:{tmp_path}/var"
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(secret.key_of(told(store)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert {*found} == {secret.key_of(told(store))}
    assert stat.S_IMODE((tmp_path / "var" / secret.NAME).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == [secret.NAME]


def test_a_key_that_is_set_counts(tmp_path: Path) -> None:
    """Nothing is written then."""
    assert secret.key_of(told(f"embedded:{tmp_path}/var", secret_key="k" * 16)) == "k" * 16
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("held", ["", "short"])
def test_a_file_that_holds_no_key_signs_nothing(tmp_path: Path, held: str) -> None:
    """With an empty key everybody could sign."""
    (tmp_path / secret.NAME).write_text(held)
    with pytest.raises(StoreError, match="secret_key cannot be used: it holds no key") as refused:
        secret.key_of(told(f"embedded:{tmp_path}"))
    assert refused.value.hint == secret.HINT
    (tmp_path / secret.NAME).write_bytes(b"\xff" * 40)
    with pytest.raises(StoreError, match="secret_key cannot be used"):
        secret.key_of(told(f"embedded:{tmp_path}"))


def test_without_either_it_is_said_that_sessions_end_with_the_process(caplog: pytest.LogCaptureFixture) -> None:
    """The key is another each time."""
    first, second = (secret.key_of(told("http://127.0.0.1:1")) for _ in range(2))
    assert first != second
    assert "sessions end with this process" in caplog.text
