"""`data-` and `aria-` attributes of components, as keyword arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec


def data(**fields: object) -> dict[str, Any]:
    """`data-` attributes: text as it is, mappings as JSON."""
    return {f"data-{name}": _text(value) for name, value in fields.items()}


def aria(**fields: str) -> dict[str, Any]:
    """`aria-` attributes."""
    return {f"aria-{name}": value for name, value in fields.items()}


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode() if isinstance(value, Mapping) else str(value)
