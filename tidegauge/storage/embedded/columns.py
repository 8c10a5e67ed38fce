"""Names of metrics as names of columns, and values as SQL literals. Pure.

DuckDB does not tell `A` from `a` in names, so capitals are written `^a`. Our own columns begin with
`_`, which no metric's column does. The mapping is one to one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

ORIGIN, TIME, RECEIVED = "_origin", "_time", "_received"
OWN = (ORIGIN, TIME, RECEIVED)

_ESCAPED = re.compile(r"[A-Z^]|^_")
_ESCAPE = re.compile(r"\^(.)")


@lru_cache(4096)
def column_of(metric: str) -> str:
    """The column that holds a metric."""
    return _ESCAPED.sub(lambda match: "^" + match[0].lower(), metric)


def metric_of(column: str) -> str:
    """The metric that a column holds."""
    return _ESCAPE.sub(lambda match: match[1].upper(), column)


def name(identifier: str) -> str:
    """A quoted name."""
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    """A quoted text."""
    return "'" + value.replace("'", "''") + "'"


def count_values(columns: Iterable[str]) -> str:
    """SQL: how many values of some columns are not NULL."""
    return " + ".join(["0 * count(*)", *(f"count({name(column)})" for column in columns)])
