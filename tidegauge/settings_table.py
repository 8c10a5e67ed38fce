"""The table of all settings: a row each, and how its text becomes a value. `tidegauge.settings` reads it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

_DIGITS = re.compile(r"[0-9]{1,9}")
_ENGINE = re.compile(r"unix:///\S+|(?:http|tcp)://[A-Za-z0-9_.-]+(?::[0-9]{1,5})?")
_LABEL = re.compile(r"[A-Za-z0-9_./:-]{1,90}")
"""What a record takes as the name of an attribute, less the prefix `labels.`."""
_HOST_ID = re.compile(r"(?!\.)[A-Za-z0-9_.-]{1,200}|")
"""What a record takes as the id of a host, and what is the name of a folder."""

LEAST_KEY = 16


def _text(value: str) -> str:
    return value.strip()


def _whole(value: str) -> int:
    if not _DIGITS.fullmatch(value.strip()):
        raise ValueError("a whole number, 0 or more")
    return int(value)


def _whole_or_none(value: str) -> int | None:
    return _whole(value) if value.strip() else None


def _positive(value: str) -> int:
    number = _whole(value)
    if number == 0:
        raise ValueError("a whole number above 0")
    return number


def _interval(value: str) -> int:
    milliseconds = _whole(value)
    if not 100 <= milliseconds <= 86_400_000:
        raise ValueError("a whole number from 100 (ms) to 86400000 (a day)")
    return milliseconds


def _few(value: str) -> int:
    number = _whole(value)
    if number > 100:
        raise ValueError("a whole number from 0 to 100")
    return number


def _switch(value: str) -> bool:
    if value.strip().lower() not in ("yes", "no"):
        raise ValueError("yes or no")
    return value.strip().lower() == "yes"


def _level(value: str) -> str:
    if value.strip().upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("DEBUG, INFO, WARNING or ERROR")
    return value.strip().upper()


def _address(value: str) -> str:
    host, _, port = value.strip().rpartition(":")
    if not (host and _DIGITS.fullmatch(port) and 0 < int(port) < 65536):
        raise ValueError("address:port")
    return value.strip()


def _urls(value: str) -> tuple[str, ...]:
    found = tuple(url.strip().rstrip("/") for url in value.split(",") if url.strip())
    if not (found and all(url.startswith(("http://", "https://")) for url in found)):
        raise ValueError("URLs that begin with http:// or https://, with commas between")
    return found


def _peers(value: str) -> tuple[str, ...]:
    return _urls(value) if value.strip() else ()


def _url(value: str) -> str:
    found = _peers(value)
    if len(found) > 1:
        raise ValueError("one URL")
    return "".join(found)


def _folder(value: str) -> str:
    if value.strip() and not value.strip().startswith("/"):
        raise ValueError("a folder from / on")
    return value.strip().rstrip("/")


def _host_id(value: str) -> str:
    if not _HOST_ID.fullmatch(value.strip()):
        raise ValueError("1 to 200 of A-Z a-z 0-9 _ . -, without a dot in front")
    return value.strip()


def _key(value: str) -> str:
    if 0 < len(value.strip()) < LEAST_KEY:
        raise ValueError(f"{LEAST_KEY} characters or more: whoever guesses it is everybody; `openssl rand -hex 32`")
    return value.strip()


def _labels(value: str) -> tuple[tuple[str, str], ...]:
    pairs = [pair.partition("=") for pair in value.split(",") if pair.strip()]
    if not all(_LABEL.fullmatch(key.strip()) and equals for key, equals, _ in pairs):
        raise ValueError("k=v, with commas between, and keys of A-Z a-z 0-9 _ . / : -")
    return tuple((key.strip(), text.strip()) for key, _, text in pairs)


def _engines(value: str) -> tuple[str, ...]:
    found = tuple(url.strip() for url in value.split(",") if url.strip())
    if found != ("none",) and not all(_ENGINE.fullmatch(url) for url in found):
        raise ValueError("none, or unix:///path, http://host:port or tcp://host:port, with commas between")
    return found


def _label_names(value: str) -> tuple[str, ...]:
    found = tuple(name.strip() for name in value.split(",") if name.strip())
    if len(found) > 20 or not all(_LABEL.fullmatch(name) and len(name) <= 80 for name in found):
        raise ValueError("at most 20 names of A-Z a-z 0-9 _ . / : -, with commas between")
    return found


def _store(value: str) -> str:
    value = value.strip()
    kind, _, where = value.partition(":")
    if kind not in ("embedded", "http", "https") or not where.strip("/"):
        raise ValueError("embedded:FOLDER or http(s)://host:9200")
    return value


SERVERS = "up ingest web"
COMMANDS = "user token host"
"""Commands that read or write documents beside the servers."""


class Setting(NamedTuple):
    """A row of the table. programs: who reads it. default "": none; others: of which programs it is another."""

    name: str
    default: str
    parse: Callable[[str], object]
    help: str
    programs: str = SERVERS
    secret: bool = False
    others: Mapping[str, str] = MappingProxyType({})

    @property
    def flag(self) -> str:
        """The flag of a command line: --store for TIDEGAUGE_STORE."""
        return "--" + self.name.removeprefix("TIDEGAUGE_").lower().replace("_", "-")

    @property
    def key(self) -> str:
        """The name within `Settings`: store for TIDEGAUGE_STORE."""
        return self.name.removeprefix("TIDEGAUGE_").lower()


TABLE = (
    Setting(
        "TIDEGAUGE_CONFIG",
        "",
        _text,
        "TOML file of settings, its keys are their short names: `interval_ms = 1000`",
        f"{SERVERS} collector demo",
        others=MappingProxyType({"collector": "/etc/tidegauge/collector.toml"}),
    ),
    Setting(
        "TIDEGAUGE_STORE",
        "embedded:./var",
        _store,
        "where samples are kept: embedded:FOLDER or http(s)://host:9200",
        f"{SERVERS} {COMMANDS}",
    ),
    Setting(
        "TIDEGAUGE_STORE_CA",
        "",
        _text,
        "file of CA certificates that the store's is checked against",
        f"{SERVERS} {COMMANDS}",
    ),
    Setting("TIDEGAUGE_STORE_API_KEY", "", _text, "API key of the store", f"{SERVERS} {COMMANDS}", secret=True),
    Setting("TIDEGAUGE_RETENTION", "3", _positive, "days of raw rows"),
    Setting("TIDEGAUGE_SUMMARY_RETENTION", "90", _positive, "days of minute summaries"),
    Setting(
        "TIDEGAUGE_DISK_FLOOR_MB", "500", _whole, "free megabytes that the embedded store leaves on its disk", "up"
    ),
    Setting(
        "TIDEGAUGE_BIND",
        "127.0.0.1:8050",
        _address,
        "address:port of this node",
        others=MappingProxyType({"ingest": "127.0.0.1:8051"}),
    ),
    Setting("TIDEGAUGE_NODE", "", _text, "this node's name; default host and port"),
    Setting(
        "TIDEGAUGE_ADVERTISE", "", _url, "URL at which other nodes reach this one; default its address", "ingest web"
    ),
    Setting(
        "TIDEGAUGE_PUBLIC",
        "",
        _peers,
        "URLs by which people and collectors reach this node through a balancer, commas between",
    ),
    Setting(
        "TIDEGAUGE_INSECURE_OPEN",
        "no",
        _switch,
        "yes: whoever reaches this node is its admin, from any address, without an account",
    ),
    Setting(
        "TIDEGAUGE_BROWSERS",
        "2000",
        _positive,
        "browsers that may be connected to this node at a time; others are told so, and try again",
        "up web",
    ),
    Setting(
        "TIDEGAUGE_PEERS",
        "",
        _peers,
        "URLs of ingest nodes, commas between; the store names others",
        "web",
    ),
    Setting("TIDEGAUGE_NODE_TOKEN", "", _text, "what nodes show each other; not needed on loopback", secret=True),
    Setting(
        "TIDEGAUGE_SECRET_KEY",
        "",
        _key,
        "signs cookies and tokens, the same on all nodes; `demo` makes its hosts' tokens with it",
        f"{SERVERS} token demo",
        secret=True,
    ),
    Setting("TIDEGAUGE_INGEST", "http://127.0.0.1:8050", _urls, "ingest URL(s), commas between", "collector"),
    Setting(
        "TIDEGAUGE_TOKEN",
        "",
        _text,
        "the collector's token, of `tidegauge token create`; not needed on loopback",
        "collector",
        secret=True,
    ),
    Setting(
        "TIDEGAUGE_STATE",
        "./var/collector",
        _text,
        "folder of the collector's own state; of a web node: ingest nodes it knew last, for a start without store",
        "collector web",
        others=MappingProxyType({"web": "./var/web"}),
    ),
    Setting("TIDEGAUGE_SPOOL_MB", "512", _positive, "megabytes that records may take that no server has", "collector"),
    Setting(
        "TIDEGAUGE_SPOOL_FLOOR_MB",
        "",
        _whole_or_none,
        "free megabytes that these records leave on their disk; default 500, or a twentieth of a smaller disk",
        "collector",
    ),
    Setting(
        "TIDEGAUGE_DEAD_LETTERS_MB",
        "16",
        _positive,
        "megabytes of records kept that a server refuses; see `tidegauge-collector dead-letters`",
        "collector",
    ),
    Setting(
        "TIDEGAUGE_BACKLOG_RATE",
        "100",
        _whole,
        "records a second at which a backlog is sent beside what is new; 0: as fast as the server takes it",
        "collector",
    ),
    Setting("TIDEGAUGE_HOST_ID", "", _host_id, "id of this host; default one made of /etc/machine-id", "collector"),
    Setting(
        "TIDEGAUGE_HOST_ROOT", "", _folder, "where a collector in a container sees its host's files: /host", "collector"
    ),
    Setting("TIDEGAUGE_INTERVAL_MS", "1000", _interval, "period of samples in ms", "collector demo"),
    Setting("TIDEGAUGE_FLEET", "default", _text, "name of the group of hosts this one belongs to", "collector"),
    Setting("TIDEGAUGE_LABELS", "", _labels, "labels of this host: k=v, commas between", "collector"),
    Setting("TIDEGAUGE_PROCESSES", "10", _few, "how many programs to show, by CPU and by memory; 0: none", "collector"),
    Setting(
        "TIDEGAUGE_PROCESS_COMMANDS",
        "no",
        _switch,
        "yes: their command lines too, which may hold secrets",
        "collector",
    ),
    Setting(
        "TIDEGAUGE_ENGINES",
        "",
        _engines,
        "container engines: unix:///path or http://host:port, commas between; none; default the sockets that are there",
        "collector",
    ),
    Setting(
        "TIDEGAUGE_CONTAINER_LABELS", "", _label_names, "labels of containers to keep, commas between", "collector"
    ),
    Setting("TIDEGAUGE_LOG_LEVEL", "INFO", _level, "DEBUG, INFO, WARNING or ERROR", f"{SERVERS} collector"),
)
