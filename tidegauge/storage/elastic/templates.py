"""The templates of `templates/*.json`, with the catalogue's metrics and our version in them. Read once."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import Any

import msgspec

from tidegauge.metrics.catalogue import catalogue, describe
from tidegauge.storage.elastic.fields import fields
from tidegauge.storage.elastic.layout import FAMILIES, VERSION

NAMES = (*FAMILIES, "documents")
"""Each is the template `tidegauge-<name>`."""


@lru_cache
def template(name: str) -> dict[str, Any]:
    """A template's body; it is shared: only to be read."""
    text = files(__package__).joinpath("templates", f"{name}.json").read_bytes()
    body: dict[str, Any] = msgspec.json.decode(text)
    mappings = body["template"]["mappings"]
    body["_meta"] = mappings["_meta"] = {"tidegauge": VERSION}
    if name in ("raw", "minute"):
        described = describe(catalogue())
        mappings["properties"]["metrics"]["properties"] = fields(described, "raw" if name == "raw" else "minute")
    return body
