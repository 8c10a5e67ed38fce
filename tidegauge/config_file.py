"""A file of settings: TOML, its keys are the settings' short names. Pure.

    interval_ms = 1000
    ingest = ["https://a.example:8050", "https://b.example:8050"]
    token_file = "/etc/tidegauge/token"

    [labels]
    rack = "7"

Values become the text that the environment would hold: a list has commas between, a table is k=v.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple


class ConfigError(Exception):
    """A file that is none of settings; one clear line that names file, line and key where they are known."""


class ConfigFile(NamedTuple):
    """What a file says, by key, as text; and the place of each key as it is told to people."""

    texts: Mapping[str, str]
    places: Mapping[str, str]


NONE = ConfigFile({}, {})


def parse(path: str, content: bytes, known: Collection[str]) -> ConfigFile:
    """The settings of a file; `known` are the keys that may be in it. Raises ConfigError."""
    import tomllib

    try:
        text = content.decode()
        values = tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8: {error.reason}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: {error}") from error
    places = {key: f"{_where(path, text, key)}: {key}" for key in values}
    for key in values:
        if key not in known:
            raise ConfigError(f"{_where(path, text, key)}: unknown key {key!r}{likely(key, known)}")
    return ConfigFile({key: _text(value, places[key]) for key, value in values.items()}, places)


def likely(name: str, known: Collection[str]) -> str:
    """What a person may have meant by a name that is not known, as the end of a sentence."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, 1)
    return f"; is it {near[0]!r}?" if near else ""


def _where(path: str, text: str, key: str) -> str:
    """The file, and the line of a key as people write it."""
    begins = re.compile(rf"\s*(?:\[\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    for number, line in enumerate(text.splitlines(), 1):
        if begins.match(line):
            return f"{path}, line {number}"
    return path


def _text(value: Any, place: str) -> str:
    if isinstance(value, list):
        return ",".join(_part(one, place) for one in value)
    if isinstance(value, dict):
        return ",".join(f"{key}={_part(one, place)}" for key, one in value.items())
    return _plain(value, place)


def _part(value: Any, place: str) -> str:
    text = _plain(value, place)
    if "," in text:
        raise ConfigError(f"{place}: {text!r} has a comma in it")
    return text


def _plain(value: Any, place: str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int | float):
        return str(value)
    raise ConfigError(f"{place}: a text, a number, true or false, a list or a table of such")
