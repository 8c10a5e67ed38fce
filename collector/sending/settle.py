"""What an answer means for the records of a POST (rule 4). Pure.

Only an answer in our JSON with status 200 or 503 settles a record, and only one that it names.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import msgspec

from collector.sending.link import UNAUTHORISED
from collector.spool import Key
from tidegauge.metrics import wire
from tidegauge.metrics.records import VERSION
from tidegauge.metrics.wire import Outcome, WireError

OURS = (200, 503)
NO_REPLY = 0
BLAMING = frozenset({NO_REPLY, 400, 413, 415, 422, 500, 501, 502, 504})
"""What may come back because of the records sent. Anything else is about the sender, the way or the moment."""


class _Refusal(msgspec.Struct):
    """What our servers say of a whole POST that they do not take."""

    reason: str


class Verdict(NamedTuple):
    """settled: outcomes after which a record is forgotten. failure: why the others are kept, or "".

    foreign: the status of a reply that is no answer of ours, `NO_REPLY` where no whole one came, so that nothing is
    known of any record. unkept: records that are refused but whose letter cannot be written, so that they stay.
    """

    settled: list[Outcome]
    failure: str
    foreign: int | None = None
    unkept: frozenset[Key] = frozenset()

    @property
    def keys(self) -> list[Key]:
        """The records that are forgotten."""
        keys = [(outcome.incarnation, outcome.seq) for outcome in self.settled]
        return [key for key in keys if key not in self.unkept]

    def less(self, unkept: Collection[Key]) -> Verdict:
        """The verdict where some refusals cannot be kept."""
        return self._replace(failure="a dead letter cannot be written", unkept=frozenset(unkept)) if unkept else self


def judge(sent: Sequence[Key], status: int, body: bytes) -> Verdict:
    """The verdict on the records `sent`, from whatever came back."""
    if status not in OURS:
        return Verdict([], f"HTTP {status}{_why(body) if status in UNAUTHORISED else ''}", foreign=status)
    try:
        answer = wire.decode_answer(body)
    except WireError:
        return Verdict([], f"HTTP {status} with a page that is no answer of ours", foreign=status)
    if answer.tidegauge != VERSION:
        return Verdict([], f"an answer of version {answer.tidegauge}", foreign=status)
    named: dict[Key, Outcome] = {}
    for outcome in answer.outcomes:
        first = named.setdefault((outcome.incarnation, outcome.seq), outcome)
        if first.outcome != outcome.outcome:
            return Verdict([], f"HTTP {status} with two outcomes of one record", foreign=status)
    found = [named[key] for key in sent if key in named]
    settled = [outcome for outcome in found if outcome.outcome != "retry"]
    if len(settled) == len(sent):
        return Verdict(settled, "")
    reasons = [outcome.reason for outcome in found if outcome.outcome == "retry"]
    return Verdict(settled, f"retry: {reasons[0]}" if reasons else "an answer that does not name all records")


def _why(body: bytes) -> str:
    """The server's words, if they are ours, to be told to people."""
    try:
        reason = msgspec.json.decode(body, type=_Refusal).reason
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return ""
    return f": {' '.join(reason.split())[:200]}"
