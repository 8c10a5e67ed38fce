"""What a person asks of a connection: over a real server, and over sources that a test writes down."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pandas as pd
import pytest

from tests.clocks import HandClock
from tests.e2e.programs import eventually
from tests.ingest_api.posts import header
from tests.rows import NOW as SERVER_NOW
from tests.rows import host, record
from tests.site import Site, listening
from tests.tidegauge.client.sources import NOW, FakeSource, answer, known, series
from tidegauge.client.answer import Gap, Happened, Metric
from tidegauge.client.connection import Tidegauge
from tidegauge.client.errors import TidegaugeError
from tidegauge.client.node import NodeSource
from tidegauge.metrics import events, wire
from tidegauge.metrics.query import Query, from_url
from tidegauge.metrics.records import Description, Entity

CPU = "system.cpu.utilization"
API = Entity(
    "c1", "container", "boot:1", 1000,
    {"host.id": "h1", "host.name": "web-1", "fleet": "default", "container.id": "c1", "container.name": "api"},
)  # fmt: skip
SECONDS = [SERVER_NOW - 1000 * n for n in range(5, 0, -1)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two hosts and a container; the first host missed three ticks, and says so."""
    with listening(tmp_path_factory.mktemp("client")) as made:
        first = host("h1", **{"host.name": "web-1"})
        claim = events.gap("h1", "skipped", SERVER_NOW - 9_000, SECONDS[0], 3, SERVER_NOW)
        times = [SERVER_NOW - 10_000, SERVER_NOW - 9_000, *SECONDS]
        one = record(times, {CPU: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]}, entity=first, events=[claim])
        one = msgspec.structs.replace(one, metrics=[Description(CPU, "gauge", "1", "share")])
        container = record(SECONDS, {"container.pids.count": [1.0] * 5}, seq=1, entity=API)
        other = record(SECONDS, {CPU: [0.5] * 5}, entity=host("h2", **{"host.name": "db-1"}))
        made.post([one, container])
        made.send(wire.encode(other), **{wire.HEADER: header(SERVER_NOW, host="h2")})
        eventually(lambda: made.node.entities.get("h2"), what="the other host")
        yield made


@pytest.fixture
def tg(site: Site) -> Tidegauge:
    return Tidegauge(NodeSource(f"http://{site.host}"))


def test_hosts_and_containers_are_tables(tg: Tidegauge) -> None:
    """By name, with what is newest of them; containers by the names of their hosts."""
    assert tg.hosts()[["name", "id", "cpu"]].to_numpy().tolist() == [["db-1", "h2", 0.5], ["web-1", "h1", 0.7]]
    assert tg.containers()[["name", "host", "pids"]].to_numpy().tolist() == [["api", "web-1", 1.0]]
    assert len(tg.containers(host="web-*")) == 1
    assert len(tg.containers(at="now-1h")) == 0
    with pytest.raises(TidegaugeError, match="nothing matches host='db-1'"):
        tg.containers(host="db-1")


def test_a_query_gives_the_values_of_the_pages(tg: Tidegauge, site: Site) -> None:
    """What the JSON API answers, which is what a chart draws: the same numbers at the same times."""
    df = tg.query(CPU, host="web-1", start="now-1m")
    told = site.json(f"/api/v1/query?{df.attrs['query']}")["series"][0]
    known_rows = df["web-1"].dropna()
    assert known_rows.tolist() == told["value"]
    assert list(known_rows.index) == [pd.Timestamp(time, unit="ms", tz="UTC") for time in told["time_ms"]]
    assert "not_measured" in {gap["state"] for gap in df.attrs["gaps"]}
    assert df.attrs["url"] == f"http://{site.host}/api/v1/query?{df.attrs['query']}"


@pytest.mark.parametrize("name", ["web-1", "h1", "web-*", ["web-1"]])
def test_a_host_is_named_or_told_by_its_id(tg: Tidegauge, name: str) -> None:
    """Or matched by a pattern."""
    assert list(tg.query(CPU, host=name, start="now-1m")) == ["web-1"]


def test_several_hosts_stand_side_by_side(tg: Tidegauge) -> None:
    """All of them, where none is named."""
    df = tg.query(CPU, start="now-1m")
    assert sorted(df) == ["db-1", "web-1"]
    assert df.iloc[-1].tolist() == [0.7, 0.5]


def test_names_with_stars_are_all_metrics_that_match(tg: Tidegauge) -> None:
    """And what matches none is said."""
    df = tg.query(["container.pids.*"], container="api", start="now-1m")
    assert [one["metric"] for one in df.attrs["series"].values()] == ["container.pids.count"]
    with pytest.raises(TidegaugeError, match=r"no metric is named 'nothing\.\*'"):
        tg.query("nothing.*")


def test_a_link_gives_the_frame_of_its_query(tg: Tidegauge, site: Site) -> None:
    """A graph's link, and the frame's own."""
    df = tg.query(CPU, host="web-1", start="now-1m")
    pd.testing.assert_frame_equal(tg.open(df.attrs["url"]), df)
    opened = tg.open(f"http://{site.host}/hosts/h1?from=now-1m#graph-cpu")
    assert from_url(opened.attrs["query"]).filter[0].patterns == ("h1",)
    assert opened.iloc[:, -1].dropna().tolist() == df["web-1"].dropna().tolist()
    with pytest.raises(TidegaugeError, match="another server"):
        tg.open("http://127.0.0.1:1/hosts/h1")


def test_gaps_and_events_are_tables(tg: Tidegauge) -> None:
    """Of a host, by time, with names."""
    gaps = tg.gaps("web-1", "now-1m")
    assert "not measured: the host was too busy" in gaps["text"].tolist()
    assert set(gaps["host"]) == {"web-1"}
    happened = tg.events("web-1", start="now-1h", end="now+1h")
    assert happened[["kind", "host", "reason"]].to_numpy().tolist() == [["collector.gap", "web-1", "skipped"]]
    assert len(tg.events("db-1", start="now-1h", end="now+1h")) == 0


def test_live_begins_with_the_newest_rows(tg: Tidegauge) -> None:
    """Of the last ten seconds."""
    assert next(tg.live(CPU, host="db-1"))["db-1"].tolist() == [0.5] * 5


def test_it_says_what_it_is_connected_to(tg: Tidegauge, site: Site) -> None:
    """Hosts, containers and the newest sample."""
    told = repr(tg)
    assert told == f"<Tidegauge http://{site.host}: 2 hosts, 1 container, newest sample 2023-11-14 22:13:19 UTC>"


def test_a_host_that_is_not_there_is_said_with_those_that_are(tg: Tidegauge) -> None:
    """Those most alike first."""
    with pytest.raises(TidegaugeError, match=r"nothing matches host='web-2' .*hosts there: web-1, db-1$"):
        tg.query(CPU, host="web-2")
    with pytest.raises(TidegaugeError, match=r"containers there: api$"):
        tg.query(CPU, container="app")


def test_a_metric_that_is_not_there_is_said_with_what_is_alike(tg: Tidegauge) -> None:
    """Instead of an empty frame."""
    with pytest.raises(TidegaugeError, match=f"no metric is named 'system.cpu.utilisation'; there are {CPU}"):
        tg.query("system.cpu.utilisation")


def test_a_metric_without_rows_is_an_empty_frame(tg: Tidegauge) -> None:
    """It is known, and nothing came in that time."""
    assert tg.query(CPU, start="now-20s", end="now-15s").empty


@pytest.mark.parametrize(
    ("asked", "word"),
    [({"agg": "mean"}, "aggregate"), ({"step": "7s"}, "step"), ({"top": 0}, "top"), ({"filter": "x"}, "attribute=")],
)
def test_what_cannot_be_asked_is_said(tg: Tidegauge, asked: dict[str, str], word: str) -> None:
    """In one sentence."""
    with pytest.raises(TidegaugeError, match=word):
        tg.query(CPU, **asked)  # type: ignore[arg-type]


def test_a_query_is_narrowed_to_the_kind_that_has_its_metrics() -> None:
    """Unless the caller says which entities are meant."""
    source = FakeSource([known("h1"), known("c1", "container", **{"container.name": "api"})])
    tg = Tidegauge(source, HandClock())
    source._metrics = [Metric(CPU, "1", "gauge")]
    tg.query(CPU)
    tg.query(CPU, filter="kind=container")
    tg.query(CPU, container="api")
    kinds = [[term.patterns for term in asked.filter if term.attribute == "kind"] for asked in source.asked]
    assert kinds == [[("host",)], [("container",)], []]


def test_a_source_without_rows_says_so() -> None:
    """There is nobody to name."""
    with pytest.raises(TidegaugeError, match=r"nothing matches .*; no rows came in that time"):
        Tidegauge(FakeSource()).query(CPU)
    assert repr(Tidegauge(FakeSource())) == "<Tidegauge fake:: 0 hosts, 0 containers, newest sample none within 30 s>"


def test_events_are_chosen_by_container_and_kind() -> None:
    """By what a person calls it."""
    entities = [known("h1"), known("c1", "container", host="h1", **{"container.name": "api"})]
    happened = [Happened("h1", one, NOW * 10**6, kind) for one, kind in (("c1", "container.die"), ("h1", "reboot"))]
    tg = Tidegauge(FakeSource(entities, events=happened))
    assert tg.events(container="api")["entity"].tolist() == ["api"]
    assert tg.events(host="h1", kind="re*")["kind"].tolist() == ["reboot"]
    assert len(tg.events()) == 2


def test_a_container_without_rows_is_known_by_its_events() -> None:
    """One that ran for less than a second; what neither has is said to be missing."""
    named = {"container.name": "job-7", "exit_code": "1"}
    happened = [Happened("h1", "c7", NOW * 10**6, "container.stopped", named), Happened("h2", "c8", NOW * 10**6, "k")]
    tg = Tidegauge(FakeSource([known("h1")], events=happened))
    for found in (tg.events(container="job-*"), tg.events("h1", "job-7")):
        assert found[["entity", "exit_code"]].to_numpy().tolist() == [["job-7", "1"]]
    with pytest.raises(TidegaugeError, match="job-8"):
        tg.events(container="job-8")


def test_gaps_are_asked_by_the_hosts_own_query() -> None:
    """Through the answer to a query of its own rows."""
    source = FakeSource([known()], lambda _: answer(gaps=[Gap(NOW - 5000, NOW, "unknown", "not known")]))
    assert Tidegauge(source).gaps("h1")["seconds"].tolist() == [5.0]
    assert source.asked[0] == Query(metrics=("system.uptime",), filter=source.asked[0].filter, start="now-1d", points=1)


def test_an_unreachable_source_is_told_by_repr() -> None:
    """A notebook's last line never fails for it."""

    class Gone(FakeSource):
        def entities(self, *_: object) -> list[object]:  # type: ignore[override]
            raise TidegaugeError("no Tidegauge node answers", "start one")

    assert repr(Tidegauge(Gone())) == "<Tidegauge fake:: no Tidegauge node answers; start one>"


def test_figure_is_the_modules() -> None:
    """The same as `tidegauge.figure`."""
    source = FakeSource([known()], lambda _: answer(series([NOW], [1.0])), metrics=[Metric("gauge", "By", "gauge")])
    tg = Tidegauge(source)
    assert tg.figure(tg.query("gauge"), title="G").layout.title.text == "G"
