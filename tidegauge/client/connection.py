"""The notebook API: what a person asks of a connection, whatever its numbers come from."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pandas as pd

from tidegauge.client import columns, figures, frames, links, live, question, tables
from tidegauge.client.answer import Happened, Known, Source
from tidegauge.client.errors import TidegaugeError
from tidegauge.client.question import Names, Step, Time
from tidegauge.clock import Clock, SystemClock
from tidegauge.metrics import filters, runs
from tidegauge.metrics.filters import Filter, Term, format_filter
from tidegauge.metrics.query import Query, QueryError
from tidegauge.metrics.records import CONTAINER, HOST
from tidegauge.metrics.steps import DAY, SECOND

NEWEST_MS = 30_000
"""How old a newest value in `hosts` and `containers` may be, or three periods if they are longer."""
LISTED = 8
"""How many names an error lists."""
_HOSTS: Filter = (Term("kind", "=", (HOST,)),)
_CONTAINERS: Filter = (Term("kind", "=", (CONTAINER,)),)


class Tidegauge:
    """A connection to Tidegauge's numbers, from a web node or from the indices of Elasticsearch.

    Times are `now-6h`, `now/d`, ISO 8601, ms since the epoch, or a datetime; without a zone they are
    UTC. `now` is a host's own where all is of one host. Names of hosts and containers may have `*`.
    Every method asks anew, and raises TidegaugeError: one sentence, and what to do.
    """

    def __init__(self, source: Source, clock: Clock | None = None) -> None:
        self._source = source
        self._clock = clock or SystemClock()
        self._metrics = {one.metric: one for one in source.metrics()}

    @property
    def url(self) -> str:
        """What it is connected to."""
        return self._source.url

    def hosts(self, at: Time = "now") -> pd.DataFrame:
        """The hosts that had rows within the day before `at`, a row each, by name.

        Columns: name, id, fleet, newest (time of the newest row, NaT if none came in the 30 s before `at`),
        and the newest cpu, memory, swap (shares, 0 to 1), load_1m, uptime_seconds; then the attributes.
        """
        return self._listed(HOST, _HOSTS, question.time(at), DAY)

    def containers(self, host: Names = None, at: Time = "now") -> pd.DataFrame:
        """The containers that ran at a time: those with rows in the 30 s before it, a row each, by name.

        Columns: name, id, host, fleet, newest, and the newest cpu_cores, memory_bytes (working set),
        memory_limit_bytes (NaN: none), pids, uptime_seconds; then the attributes.
        """
        moment = question.time(at)
        terms = _CONTAINERS
        if host:
            begin = question.shifted(moment, -NEWEST_MS)
            terms, _ = self._matching(question.names(host), (), _CONTAINERS, begin, moment)
        frame = self._listed(CONTAINER, terms, moment, NEWEST_MS)
        return frame[frame["newest"].notna()].reset_index(drop=True)

    def metrics(self, pattern: str = "") -> pd.DataFrame:
        """What is measured: metric, unit (UCUM), kind, help, formula; those whose name holds `pattern`."""
        self._learn()
        return tables.metrics(list(self._metrics.values()), pattern)

    def query(
        self,
        metric: str | Sequence[str],
        *,
        host: Names = None,
        container: Names = None,
        filter: str | Filter | None = None,
        start: Time = "now-1h",
        end: Time = "now",
        by: Names = None,
        step: Step = "auto",
        agg: str = "avg",
        rate: str = "auto",
        top: int | None = None,
        points: int = 600,
        shape: frames.Shape = "wide",
    ) -> pd.DataFrame:
        """Values of one metric or several (a name may have `*`) over a range, as the pages draw them.

        step: "auto" (the smallest that gives at most `points`), or "10s", "5m", …; one that is not above the
        period gives the rows themselves. agg: avg, min, max, sum or last of a bucket's rows, and of what `by`
        (attributes, one column for each of their values) puts together. rate: how a counter is shown: "rate"
        a second (auto), "increase" a bucket, "none" as it is. top: only the columns with the greatest mean.
        filter: more of the query's grammar, as in `"fleet=blue kind!=disk"`.

        wide: a column a series over a DatetimeIndex in UTC; every bucket, or row that was due, has its place,
        and what is missing is NaN, never filled. long: a row a point, with time, host (id), entity (id), name, metric,
        the attributes of `by`, value, gap ("late": the row arrived late). `.attrs`: unit, series (each column's
        entity, host, metric, unit), step, source (raw or minute rows), query, url, from, to, points, expected, gaps.
        """
        query = _query(
            metrics=self._names(metric),
            filter=question.terms(filter),
            start=question.time(start),
            end=question.time(end),
            step_ms=question.step_ms(step),
            points=points,
            aggregate=agg,
            rate=rate,
            by=question.names(by),
            top=top,
        )
        return self._framed(*self._narrowed(query, question.names(host), question.names(container)), shape)

    def open(self, link: str, shape: frames.Shape = "wide") -> pd.DataFrame:
        """The numbers behind a link: a page of a host or container, one of its graphs (`#graph-cpu`), or any address
        with a query; the same frame as `query` gives."""
        query = links.query_of_link(link)
        if not self._source.is_own(link):
            raise TidegaugeError(f"this link is of another server than {self.url}", "connect to that one")
        return self._framed(query, self._source.entities(query.filter, query.start, query.end), shape)

    def gaps(self, host: Names, start: Time = "now-1d", end: Time = "now") -> pd.DataFrame:
        """The spans in which a host's rows are not as they should be: host, start, end, seconds, state, text.

        state: late (they came, but late), waiting (the collector holds them), not_measured, dropped, unknown.
        """
        begin, until = question.time(start), question.time(end)
        terms, known = self._matching(question.names(host), (), _HOSTS, begin, until)
        asked = _query(metrics=("system.uptime",), filter=terms, start=begin, end=until, points=1)
        return tables.gaps(frames.spans(self._source.answer(asked).gaps), _names(known))

    def events(
        self, host: Names = None, container: Names = None, *, start: Time = "now-1d", end: Time = "now", kind: str = ""
    ) -> pd.DataFrame:
        """What happened, by time: time, kind, host, entity (names where known), id, and the events' attributes.

        host: of a host and all that it owns; container: of a container. kind: only events of a kind (`*` any text).
        """
        begin, until = question.time(start), question.time(end)
        happened = self._source.events(begin, until)
        known = self._source.entities((Term("kind", "=", (HOST, CONTAINER)),), begin, until)
        if host:
            hosts = {one.host for one in self._matching(question.names(host), (), (), begin, until)[1]}
            happened = [one for one in happened if one.host in hosts]
        if container:
            happened = self._of_containers(happened, question.names(host), question.names(container), begin, until)
        if kind:
            happened = [one for one in happened if tables.matches(one.kind, kind)]
        return tables.events(happened, _names(known))

    def live(
        self,
        metric: str | Sequence[str],
        *,
        host: Names = None,
        container: Names = None,
        filter: str | Filter | None = None,
        rate: str = "auto",
        seconds: float = 1.0,
    ) -> Iterator[pd.DataFrame]:
        """New rows as they come: an endless iterator of wide frames. It looks every so many seconds.

        Each row comes once; rows that arrive late, out of order, are left to `query`. After an error, such as a store
        that is down, ask it again: it goes on where it was.
        """
        query = _query(metrics=self._names(metric), filter=question.terms(filter), rate=rate)
        query, known = self._narrowed(query, question.names(host), question.names(container))
        return live.Live(self._source, query, known, self._clock, seconds)

    def figure(self, df: pd.DataFrame, kind: figures.Draw = "line", **options: Any) -> Any:
        """`tidegauge.figure`."""
        return figures.figure(df, kind, **options)

    def __repr__(self) -> str:
        try:
            hosts, containers = self.hosts(), self.containers()
        except TidegaugeError as error:
            return f"<Tidegauge {self.url}: {error}>"
        newest = hosts["newest"].max()
        told = f"{newest:%Y-%m-%d %H:%M:%S} UTC" if pd.notna(newest) else "none within 30 s"
        counted = f"{_counted(hosts, 'host')}, {_counted(containers, 'container')}"
        return f"<Tidegauge {self.url}: {counted}, newest sample {told}>"

    def _listed(self, kind: str, terms: Filter, moment: str, back_ms: int) -> pd.DataFrame:
        """The table of hosts or containers that match, with their newest values before a moment."""
        known = self._source.entities(terms, question.shifted(moment, -back_ms), moment)
        periods_ms = runs.HOLE_PERIODS * max((one.period_ms for one in known), default=0)
        begin = question.shifted(moment, -max(NEWEST_MS, periods_ms))
        metrics = tuple(tables.NEWEST[kind].values())
        newest = self._source.answer(_query(metrics=metrics, filter=terms, start=begin, end=moment, step_ms=SECOND))
        return tables.entities(kind, known, newest)

    def _narrowed(
        self, query: Query, host: tuple[str, ...], container: tuple[str, ...]
    ) -> tuple[Query, Sequence[Known]]:
        """The query with its filter made whole, and the entities that it matches."""
        chosen = {term.attribute for term in query.filter} & {"kind", "entity"}
        kind = () if chosen or container else question.of_kind(query.metrics)
        terms, known = self._matching(host, container, kind + query.filter, query.start, query.end)
        query = msgspec.structs.replace(query, filter=terms)
        return columns.auto_step(query, known, self._clock.wall_ms()), known

    def _matching(
        self, host: tuple[str, ...], container: tuple[str, ...], others: Filter, start: str, end: str
    ) -> tuple[Filter, Sequence[Known]]:
        """The filter that names and other terms mean, and the entities that it matches; at least one."""
        for chosen in question.choices(host, container):
            if known := self._source.entities(others + chosen, start, end):
                return others + chosen, known
        raise self._nothing(host, container, others, start, end)

    def _of_containers(
        self, happened: list[Happened], host: tuple[str, ...], container: tuple[str, ...], start: str, end: str
    ) -> list[Happened]:
        """The events of containers; one that ended before it left a row is known by its events' own name."""
        named = (Term("container.name", "=", container),)
        ids = {one.entity for one in happened if filters.matches(named, one.attributes)}
        try:
            ids |= {one.entity for one in self._matching(host, container, (), start, end)[1]}
        except TidegaugeError:
            if not ids:
                raise
        return [one for one in happened if one.entity in ids]

    def _nothing(
        self, host: tuple[str, ...], container: tuple[str, ...], others: Filter, start: str, end: str
    ) -> TidegaugeError:
        """What to say where nothing matches: which names there are, those most alike first."""
        kind, wanted = (CONTAINER, container) if container else (HOST, host)
        there = sorted(set(_names(self._source.entities((Term("kind", "=", (kind,)),), start, end)).values()))
        alike = [name for one in wanted for name in difflib.get_close_matches(one, there, LISTED)]
        listed = list(dict.fromkeys([*alike, *there]))
        asked = " ".join(
            [*(f"host={one!r}" for one in host), *(f"container={one!r}" for one in container), format_filter(others)]
        ).strip()
        more = f" and {len(listed) - LISTED} more" if len(listed) > LISTED else ""
        hint = f"{kind}s there: {', '.join(listed[:LISTED])}{more}" if listed else "no rows came in that time"
        return TidegaugeError(f"nothing matches {asked or 'the query'} from {start} to {end}", hint)

    def _framed(self, query: Query, known: Sequence[Known], shape: frames.Shape) -> pd.DataFrame:
        answer = self._source.answer(query)
        if not answer.series:
            self._learn(query.metrics)
            for name in query.metrics:
                self._check_known(name)
        return frames.frame(query, answer, known, self._source.link(query), shape)

    def _names(self, metric: str | Sequence[str]) -> tuple[str, ...]:
        """The names of metrics, those with `*` as all that they match, in the order of the catalogue."""
        given = question.names(metric)
        if any("*" in name for name in given):
            self._learn()
        found: list[str] = []
        for name in given:
            matching = tables.ordered(self._metrics, name) if "*" in name else [name]
            found += matching
            if not matching:
                self._check_known(name)
        return tuple(dict.fromkeys(found))

    def _learn(self, names: Sequence[str] = ("",)) -> None:
        """Ask for the metrics anew, unless all of some names are known."""
        if not all(name in self._metrics for name in names):
            self._metrics = {one.metric: one for one in self._source.metrics()}

    def _check_known(self, name: str) -> None:
        if name in self._metrics:
            return
        alike = difflib.get_close_matches(name, self._metrics, 3, 0.5)
        hint = f"there are {', '.join(alike)}" if alike else "tg.metrics() lists them"
        raise TidegaugeError(f"no metric is named {name!r}", hint)


def _query(**fields: Any) -> Query:
    try:
        return Query(**fields)
    except QueryError as error:
        raise TidegaugeError(str(error), "help(tg.query) tells what can be asked") from error


def _counted(frame: pd.DataFrame, noun: str) -> str:
    return f"{len(frame)} {noun}{'' if len(frame) == 1 else 's'}"


def _names(known: Sequence[Known]) -> dict[str, str]:
    """What people call hosts and containers, by id."""
    attribute = {HOST: "host.name", CONTAINER: "container.name"}
    return {one.entity: one.attributes.get(attribute.get(one.kind, ""), one.entity) for one in known}
