"""Settings that parse but that no server would take."""

from __future__ import annotations

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
