"""Every setting in one table: typed, strict, read once, passed in (`os.environ` is read only here).

Each setting is a flag, an environment variable and a key of a file; the first of these that is given counts.
Secrets are no flags; they also come from the file that `NAME_FILE`, or the key with `_file`, names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tidegauge import config_file
from tidegauge.config_file import ConfigError, ConfigFile
from tidegauge.settings_table import TABLE as TABLE
from tidegauge.settings_table import Setting as Setting

_SECRETS = re.compile(r"//.*@", re.DOTALL)
"""To the last @: whatever a password holds, none of it is left."""


class SettingsError(Exception):
    """A setting that cannot be; one clear line for a person."""


CONFIG = TABLE[0]
USER, PASSWORD, PASSWORD_FILE = "TIDEGAUGE_USER", "TIDEGAUGE_PASSWORD", "TIDEGAUGE_PASSWORD_FILE"
NOTEBOOKS = ("TIDEGAUGE_URL", USER, PASSWORD, PASSWORD_FILE)
"""What notebooks read by themselves; no program minds it."""


class Settings:
    """What one program was told, by key: `settings.store`. Frozen."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("settings are read once and never change")

    places: Mapping[str, str]
    """By key, how a setting is called where it was given, to be told to people."""
    config: str
    store: str
    store_ca: str
    store_api_key: str
    retention: int
    summary_retention: int
    disk_floor_mb: int
    bind: str
    node: str
    advertise: str
    public: tuple[str, ...]
    insecure_open: bool
    browsers: int
    peers: tuple[str, ...]
    node_token: str
    secret_key: str
    ingest: tuple[str, ...]
    token: str
    state: str
    spool_mb: int
    spool_floor_mb: int | None
    dead_letters_mb: int
    backlog_rate: int
    host_id: str
    host_root: str
    interval_ms: int
    fleet: str
    labels: tuple[tuple[str, str], ...]
    processes: int
    process_commands: bool
    engines: tuple[str, ...]
    container_labels: tuple[str, ...]
    log_level: str

    @property
    def kept_ms(self) -> int:
        """How long something of a host is kept after its last row."""
        return max(self.retention, self.summary_retention) * 86_400_000


def read(flags: Mapping[str, str | None], environ: Mapping[str, str] | None = None, program: str = "") -> Settings:
    """All settings from flags (by key), the environment, a file of settings, and the defaults of a program.

    Raises SettingsError for a value that does not parse and for a name that is not in the table.
    """
    environ = os.environ if environ is None else environ
    _refuse_unknown(environ)
    file = _file(flags.get(CONFIG.key) or environ.get(CONFIG.name), program)
    places = {row.key: _place(row, flags.get(row.key), environ, file, program) for row in TABLE}
    values: dict[str, object] = {row.key: _value(row, places[row.key]) for row in TABLE}
    return Settings({**values, "places": {key: place.told for key, place in places.items()}})


def shown(url: str) -> str:
    """URLs as they may be printed and logged: users and passwords taken out."""
    return _SECRETS.sub("//…@", url)


def for_child(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process with other settings in it, for a child."""
    return {**os.environ, **changes}


def texts(told: Settings, program: str) -> dict[str, str]:
    """What a program was told, less its secrets, as it stands in an environment."""
    rows = [row for row in TABLE if program in row.programs.split() and not row.secret]
    return {row.name: _as_text(getattr(told, row.key)) for row in rows}


def person(environ: Mapping[str, str] | None = None) -> tuple[str, str]:
    """User and password as whom a notebook signs in; "" for what is not given. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    place = _Place(environ.get(PASSWORD, ""), environ.get(PASSWORD_FILE, ""), PASSWORD, PASSWORD_FILE)
    return environ.get(USER, ""), place.text or (_secret(place) if place.path else "")


def has_display(environ: Mapping[str, str] | None = None) -> bool:
    """Whether a person's browser can be opened from here."""
    environ = os.environ if environ is None else environ
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = {*NOTEBOOKS, *(row.name for row in TABLE)} | {f"{row.name}_FILE" for row in TABLE if row.secret}
    for name in sorted(environ):
        if name.startswith("TIDEGAUGE_") and not name.startswith("TIDEGAUGE_TEST_") and name not in known:
            near = config_file.likely(name, known)
            raise SettingsError(f"unknown setting {name}{near}; `tidegauge --help` lists them")


class _Place(NamedTuple):
    """What was given for a setting at one place: its text, or of a secret the path of its file, and how both are
    called there."""

    text: str
    path: str
    name: str
    path_name: str

    @property
    def told(self) -> str:
        return self.name if self.text or not self.path else self.path_name


def _place(row: Setting, flag: str | None, environ: Mapping[str, str], file: ConfigFile, program: str) -> _Place:
    """The first place that gives a setting: flag and environment, the file, else the default."""
    name, path_name, path_key = f"{row.name} ({row.flag})", f"{row.name}_FILE", f"{row.key}_file"
    path = environ.get(path_name, "") if row.secret else ""
    given = _Place(flag or environ.get(row.name) or "", path, name, path_name)
    if given.text or given.path:
        return given
    text, path = file.texts.get(row.key, ""), file.texts.get(path_key, "")
    if text or path:
        return _Place(text, path, file.places.get(row.key, ""), file.places.get(path_key, ""))
    return given._replace(text=row.others.get(program, row.default))


def _value(row: Setting, place: _Place) -> object:
    text = place.text or (_secret(place) if place.path else "")
    try:
        return row.parse(text)
    except ValueError as error:
        given = "what was given" if row.secret else repr(shown(text))
        raise SettingsError(f"{place.told}: {given} is not {error}") from error


def _secret(place: _Place) -> str:
    try:
        return Path(place.path).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"{place.path_name}: cannot read {place.path}: {error}") from error


def _file(path: str | None, program: str) -> ConfigFile:
    """The file of settings that was named, or a program's own where it has one and it is there."""
    usual = CONFIG.others.get(program, CONFIG.default)
    if not (path or usual):
        return config_file.NONE
    known = {row.key for row in TABLE if row != CONFIG} | {f"{row.key}_file" for row in TABLE if row.secret}
    try:
        return config_file.parse(path or usual, Path(path or usual).read_bytes(), known)
    except FileNotFoundError as error:
        if not path:
            return config_file.NONE
        raise SettingsError(f"{CONFIG.name} ({CONFIG.flag}): there is no file {path}") from error
    except ConfigError as error:
        raise SettingsError(str(error)) from error
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path or usual}: cannot be read: {error}") from error


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ",".join("=".join(one) if isinstance(one, tuple) else str(one) for one in value)
    return str(value)
