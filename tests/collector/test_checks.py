"""Settings that parse but that no server would take."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.checks import check
from tidegauge import settings
from tidegauge.settings import SettingsError


def test_defaults_are_sound() -> None:
    """Nothing has to be set."""
    check(settings.read({}, {}))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("interval_ms", "99"),
        ("interval_ms", "8640001"),
        ("ingest", ","),
        ("ingest", "http://"),
        ("ingest", "http://host:99999"),
        ("ingest", "http://user:secret@host"),
        ("ingest", "http://ho st"),
        ("fleet", "a\nb"),
        ("fleet", "x" * 201),
        ("labels", "a b=c"),
        ("labels", "a=b\x00"),
        ("labels", ",".join(f"k{n}=v" for n in range(51))),
        ("token", "two words"),
        ("token", "größe"),
        ("log_level", "LOUD"),
    ],
)
def test_refused(key: str, value: str) -> None:
    """One clear line names the setting."""
    with pytest.raises(SettingsError, match=f"TIDEGAUGE_{key.upper()}"):
        check(settings.read({key: value}, {}))


def test_refused_in_a_file(tmp_path: Path) -> None:
    """The line says where it stands."""
    (tmp_path / "f").write_text("\ningest = 'http://a:99999'\n")
    with pytest.raises(SettingsError, match=f"{tmp_path}/f, line 2: ingest: 'http://a:99999' is not a URL"):
        check(settings.read({"config": f"{tmp_path}/f"}, {}))
