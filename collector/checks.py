"""Settings that parse but that no server would take: found before anything is read. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from tidegauge.settings import Settings, SettingsError

_LABEL = re.compile(r"[A-Za-z0-9_./:-]{1,90}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_TOKEN = re.compile(r"[\x21-\x7e]*")
MAX_LABELS = 50
MIN_INTERVAL_MS, MAX_INTERVAL_MS = 100, 8_640_000
"""Slow devices have ten times the period, and no period is longer than a day."""


def check(told: Settings) -> None:
    """Raises SettingsError for the first setting of a collector that cannot be."""
    problems = {
        "interval_ms": _interval(told.interval_ms),
        "ingest": _ingest(told.ingest),
        "fleet": _fleet(told.fleet),
        "labels": _labels(told.labels),
        "token": "" if is_token(told.token) else "printable ASCII without blanks",
    }
    for key, problem in problems.items():
        if problem:
            raise SettingsError(f"{told.places[key]}: {problem}")


def is_token(text: str) -> bool:
    """Whether a text can be sent as a token; none is one too."""
    return _TOKEN.fullmatch(text) is not None


def _interval(interval_ms: int) -> str:
    if MIN_INTERVAL_MS <= interval_ms <= MAX_INTERVAL_MS:
        return ""
    return f"{MIN_INTERVAL_MS} to {MAX_INTERVAL_MS}, not {interval_ms}"


def _ingest(urls: Iterable[str]) -> str:
    urls = list(urls)
    wrong = [url for url in urls if not _is_url(url)]
    if not urls or wrong:
        return f"{wrong[0] if wrong else ''!r} is not a URL such as http://127.0.0.1:8050"
    return ""


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and parts.username is None and _TOKEN.fullmatch(url) is not None
    except ValueError:
        return False


def _fleet(fleet: str) -> str:
    if len(fleet) <= 200 and not _CONTROL.search(fleet):
        return ""
    return "at most 200 characters, no control characters"


def _labels(labels: Iterable[tuple[str, str]]) -> str:
    labels = list(labels)
    if len(labels) > MAX_LABELS:
        return f"at most {MAX_LABELS}"
    for key, value in labels:
        if not _LABEL.fullmatch(key) or len(value) > 1000 or _CONTROL.search(value):
            return f"{key[:40]!r}: keys are of A-Z a-z 0-9 _ . / : -, values not long"
    return ""
