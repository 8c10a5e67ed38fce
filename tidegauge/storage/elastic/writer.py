"""Append: records into indices, each key once; what is answered as stored is on the server's disk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tidegauge.metrics.records import Record
from tidegauge.metrics.steps import DAY
from tidegauge.metrics.wire import Outcome
from tidegauge.storage.base import Arrival, StoreError, StoreUnavailableError
from tidegauge.storage.elastic import bulk
from tidegauge.storage.elastic.bulk import Verdict
from tidegauge.storage.elastic.connection import Connection
from tidegauge.storage.elastic.descriptions import Descriptions
from tidegauge.storage.elastic.indices import LIMIT, NONE, Indices
from tidegauge.storage.elastic.rows import FIELDS, Heads, Line, Need, Oldest, Plan, Refusal

DOCUMENT = "document"
"""The keyword of what the server cannot take for another reason than its fields."""


class Writer:
    """Appends of any number of threads at once."""

    def __init__(
        self,
        connection: Connection,
        indices: Indices,
        descriptions: Descriptions,
        retention_days: int,
        summary_days: int,
    ) -> None:
        self._connection = connection
        self._indices = indices
        self._descriptions = descriptions
        self._heads = Heads()
        self._retention_days = retention_days
        self._summary_days = summary_days

    def oldest(self, now_ms: int) -> Oldest:
        """Where retention ends: the begins of UTC days."""
        today = now_ms // DAY
        return Oldest((today - self._retention_days) * DAY, (today - self._summary_days) * DAY)

    def append(self, arrivals: Sequence[Arrival]) -> list[Outcome]:
        """What `Store.append` promises.

        1. Descriptions first: they say how new metrics are mapped. 2. Rows as lines, each with an index that
        knows its metrics. 3. All lines are sent. 4. Those whose index was deleted or made anew meanwhile, once
        more. 5. What became of the lines of each record.
        """
        self._descriptions.learn(arrivals)
        prepared = _Prepared(self._indices, self._descriptions, max((one.received_ms for one in arrivals), default=0))
        plan = Plan(prepared.unfit, self._heads)
        for place, arrival in enumerate(arrivals):
            plan.add(place, arrival, self.oldest(arrival.received_ms))
        verdicts = self._send(plan.lines, prepared)
        again = [place for place, one in enumerate(verdicts) if one.fate in ("missing", "unmapped")]
        if again and prepared.renew([plan.lines[place].need for place in again]):
            lines = [plan.lines[place] for place in again]
            for place, one in zip(again, self._send(lines, prepared), strict=True):
                verdicts[place] = one
        return _outcomes(arrivals, plan, verdicts)

    def _send(self, lines: Sequence[Line], prepared: _Prepared) -> list[Verdict]:
        """A verdict a line; lines whose index cannot be used wait."""
        if not prepared.unusable:
            return bulk.send(self._connection, [line.data for line in lines])
        found = [prepared.unusable.get(line.need.index.name) for line in lines]
        sent = iter(bulk.send(self._connection, [line.data for line, why in zip(lines, found, strict=True) if not why]))
        return [Verdict("retry", why) if why else next(sent) for why in found]


class _Prepared:
    """Has the indices of one append ready. unusable: those that are not ours, and why."""

    def __init__(self, indices: Indices, descriptions: Descriptions, now_ms: int) -> None:
        self._indices = indices
        self._describe = descriptions.of
        self._now_ms = now_ms
        self.unusable: dict[str, str] = {}

    def unfit(self, need: Need) -> frozenset[str]:
        """What the rows of an index cannot have. Raises StoreUnavailableError."""
        try:
            return self._indices.unfit(need, self._describe, self._now_ms)
        except StoreUnavailableError:
            raise
        except StoreError as error:
            self.unusable[need.index.name] = str(error)
            return NONE

    def renew(self, needs: Iterable[Need]) -> bool:
        """Look up anew what the server does not know; whether that can be done."""
        distinct = list({id(need): need for need in needs}.values())
        for name in {need.index.name for need in distinct}:
            self._indices.forget(name)
        try:
            for need in distinct:
                self.unfit(need)
        except StoreUnavailableError:
            return False
        return True


class _Tally:
    """What became of the rows, minute rows and events of one record."""

    def __init__(self, refused: Sequence[Refusal]) -> None:
        self.refused = list(refused)
        self.is_new = self.is_kept = False
        self.waiting = ""

    def add(self, line: Line, verdict: Verdict) -> None:
        """Count a line in."""
        fate, reason = verdict
        if fate in ("stored", "duplicate"):
            self.is_kept = True
            self.is_new = self.is_new or fate == "stored"
        elif fate in ("retry", "missing"):
            self.waiting = self.waiting or reason
        else:
            keyword = FIELDS if fate == "unmapped" or LIMIT in reason else DOCUMENT
            self.refused.append(Refusal(line.entity, line.time_ms, f"{keyword}: {reason}"))

    def outcome(self, record: Record) -> Outcome:
        """The record's."""
        if self.waiting:
            return Outcome(record.incarnation, record.seq, "retry", self.waiting)
        if not self.refused:
            return Outcome(record.incarnation, record.seq, "stored" if self.is_new else "duplicate")
        reason = self.refused[0].reason.partition(":")[0]
        if not self.is_kept:
            return Outcome(record.incarnation, record.seq, "refused", reason)
        return Outcome(record.incarnation, record.seq, "partial", reason, [one.item for one in self.refused])


def _outcomes(arrivals: Sequence[Arrival], plan: Plan, verdicts: Sequence[Verdict]) -> list[Outcome]:
    """One a record. Raises StoreUnavailableError where every record has to wait and nothing of any was kept."""
    tallies = [_Tally(plan.refused.get(place, ())) for place in range(len(arrivals))]
    for line, verdict in zip(plan.lines, verdicts, strict=True):
        tallies[line.record].add(line, verdict)
    if tallies and all(one.waiting and not one.is_kept for one in tallies):
        raise StoreUnavailableError(tallies[0].waiting)
    return [one.outcome(arrival.record) for one, arrival in zip(tallies, arrivals, strict=True)]
