"""The filter grammar of a Query: terms that must all hold.

`fleet=default host.name=db-*,web-1 kind!=disk labels.tier="front end"`: an attribute, `=` or `!=`,
and one or more patterns, of which one must match; `*` stands for any text. Quotes (JSON strings)
hold what has spaces, commas, quotes or `=`. An attribute that is not there is the empty text.
`kind`, `entity` and `host` name what every entity has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import msgspec

_BARE = r'[^\s",=!\\]+'
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_TERM = re.compile(rf"\s*({_BARE})(!?=)((?:{_QUOTED}|{_BARE}|)(?:,(?:{_QUOTED}|{_BARE}|))*)(?=\s|$)")
_VALUE = re.compile(rf"({_QUOTED})|({_BARE})")


class FilterError(ValueError):
    """A text that is no filter; says where it stops making sense."""


class Term(msgspec.Struct, frozen=True):
    """One condition: the attribute matches (or, `!=`, does not match) one of the patterns."""

    attribute: str
    op: Literal["=", "!="]
    patterns: tuple[str, ...]


Filter = tuple[Term, ...]


def parse(text: str) -> Filter:
    """A filter's text as terms. Raises FilterError."""
    if not _is_unicode(text):
        raise FilterError("cannot read the filter: it holds half a character (a lone surrogate)")
    terms, at, end = [], 0, len(text.rstrip())
    while at < end:
        match = _TERM.match(text, at)
        if match is None:
            raise FilterError(f"cannot read the filter at {text[at : at + 40].strip()!r}: write attribute=pattern")
        terms.append(Term(match[1], "=" if match[2] == "=" else "!=", _values(match[3])))
        at = match.end()
    return tuple(terms)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _values(text: str) -> tuple[str, ...]:
    values, at = [], 0
    while True:
        match = _VALUE.match(text, at)
        values.append(_unquote(match[0]) if match else "")
        at = match.end() if match else at
        if at >= len(text):
            return tuple(values)
        at += 1


def _unquote(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        return msgspec.json.decode(text, type=str)
    except msgspec.DecodeError as error:
        raise FilterError(f"cannot read {text[:40]}: {error}") from None


def format_filter(terms: Filter) -> str:
    """The text of a filter; `parse` gives the same terms back."""
    return " ".join(f"{t.attribute}{t.op}{','.join(map(_quote, t.patterns))}" for t in terms)


def _quote(value: str) -> str:
    if re.fullmatch(_BARE, value):
        return value
    return msgspec.json.encode(value).decode()


def matches(terms: Filter, attributes: Mapping[str, str]) -> bool:
    """Whether all terms hold for an entity's attributes."""
    return all(_holds(term, attributes.get(term.attribute, "")) for term in terms)


def named(terms: Filter, attribute: str) -> tuple[str, ...]:
    """The values of which an attribute must have one; () where the filter names none, or with a star."""
    found = (one.patterns for one in terms if one.attribute == attribute and one.op == "=")
    return next((patterns for patterns in found if not any("*" in pattern for pattern in patterns)), ())


def _holds(term: Term, value: str) -> bool:
    found = any(_pattern(pattern).fullmatch(value) for pattern in term.patterns)
    return found == (term.op == "=")


@lru_cache(4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    """A pattern as an expression. Each piece between two stars is taken at its first place, for good
    (an atomic group): no pattern makes matching slower than pattern times value."""
    first, *rest = map(re.escape, pattern.split("*"))
    if rest:
        first += "".join(f"(?>.*?{piece})" for piece in rest[:-1]) + ".*" + rest[-1]
    return re.compile(first, re.DOTALL)
