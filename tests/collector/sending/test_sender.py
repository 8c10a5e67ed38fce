"""The sender against a real, scripted HTTP server: every way an answer can come, or not come."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from collector.sending.batch import ASIDE_MS
from collector.sending.sender import LIVE_SECONDS
from collector.sending.workers import Lanes, lanes
from tests.collector.scripted_server import (
    PATIENCE_SECONDS,
    Handler,
    Post,
    ScriptedServer,
    hold,
    outcomes,
    page,
)
from tests.collector.sender_bench import AN_HOUR_MS, Bench, item
from tests.rows import INCARNATION, NOW
from tidegauge.metrics import wire
from tidegauge.metrics.wire import Queue


def test_a_new_record_is_posted_at_once(server: ScriptedServer, bench: Bench) -> None:
    """One post, with everything rule 4 asks for, and the record is settled."""
    bench.send(0)
    (post,) = server.wait_for(lambda posts: len(posts) == 1)
    assert bench.settled()
    assert (post.seqs, post.authorization, post.content_type) == ([0], "Bearer secret", wire.CONTENT_TYPE)
    assert post.header == wire.PostHeader(host="h1", now_ms=NOW, incarnation=INCARNATION, period_ms=1000, name="web")
    assert bench.sender.letters.counts == {"stored": 1}


def test_records_of_one_moment_share_a_body(server: ScriptedServer, bench: Bench) -> None:
    """In their order, in one live slot; each is settled by its own outcome."""
    assert bench.sender.submit([item(0), item(1)]) == []
    (post,) = server.wait_for(lambda posts: len(posts) == 1)
    assert bench.settled()
    assert post.seqs == [0, 1]


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("outcome", ["stored", "duplicate", "partial", "refused"])
def test_our_answer_settles(server: ScriptedServer, bench: Bench, status: int, outcome: wire.Settled) -> None:
    """All outcomes but retry settle; what was not taken is kept as a dead letter."""
    server.script.append(outcomes(outcome, status=status))
    bench.send(0)
    server.wait_for(lambda posts: len(posts) == 1)
    assert bench.settled()
    assert bench.sender.letters.counts == {outcome: 1}
    assert len(bench.sender.letters.last) == (outcome in ("partial", "refused"))


def test_refused_connection(threads: Lanes) -> None:
    """Without a server records are kept, and the link says why."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        bench = Bench([f"http://127.0.0.1:{taken.getsockname()[1]}"], threads)
        bench.send(0, 1)
        bench.landed()
    assert bench.spool.held() == Queue(2, NOW, NOW + 1000)
    assert bench.sender.link().failure == "Connection refused"


@pytest.mark.slow
def test_time_out(server: ScriptedServer, bench: Bench) -> None:
    """A live post that is not answered within three seconds ends, and its record joins the backlog."""
    release, begun = threading.Event(), time.monotonic()
    server.script.append(hold(release))
    bench.send(0)
    posts = server.wait_for(lambda posts: len(posts) == 2)
    assert LIVE_SECONDS <= time.monotonic() - begun < LIVE_SECONDS + 2
    assert [post.seqs for post in posts] == [[0], [0]]
    assert bench.settled()
    release.set()


def test_four_live_requests_at_once(server: ScriptedServer, bench: Bench) -> None:
    """The fifth record finds no slot and joins the backlog, which one resend drains meanwhile."""
    release = threading.Event()
    server.script.extend([hold(release)] * 4)
    bench.send(0, 1, 2, 3)
    server.wait_for(lambda posts: len(posts) == 4)
    bench.send(4)
    posts = server.wait_for(lambda posts: len(posts) == 5)
    assert [post.seqs for post in posts[4:]] == [[4]]
    release.set()
    assert bench.settled()


def test_one_resend_at_a_time_oldest_first(server: ScriptedServer, bench: Bench) -> None:
    """While a resend is on its way no other begins; the backlog comes in order, several a post."""
    release = threading.Event()
    bench.hold_back(*range(700))
    server.script.append(hold(release))
    bench.sender.tick()
    server.wait_for(lambda posts: len(posts) == 1)
    bench.sender.tick()
    assert len(server.posts) == 1
    release.set()
    assert bench.settled()
    assert [seq for post in server.posts for seq in post.seqs] == list(range(700))
    assert len(server.posts) == 2


def test_live_first(server: ScriptedServer, bench: Bench) -> None:
    """A new record does not wait for the backlog, whatever failed before."""
    release = threading.Event()
    bench.hold_back(0, 1)
    server.script.append(hold(release))
    bench.sender.tick()
    server.wait_for(lambda posts: len(posts) == 1)
    bench.send(2)
    posts = server.wait_for(lambda posts: len(posts) == 2)
    assert posts[1].seqs == [2]
    assert posts[1].header.queue == Queue(2, NOW, NOW + 1000)
    release.set()
    assert bench.settled()


def test_back_off_slows_only_resends(server: ScriptedServer, bench: Bench) -> None:
    """After a resend failed the next waits; new records go at once all the same."""
    server.default = page(500)
    bench.send(0)
    bench.landed()
    count = len(server.posts)
    bench.later(100)
    assert len(server.posts) == count
    bench.send(1)
    assert server.wait_for(lambda posts: len(posts) == count + 1)[-1].seqs == [1]
    bench.landed()
    bench.later(500)
    assert server.wait_for(lambda posts: len(posts) == count + 2)[-1].seqs == [0, 1]


def test_a_live_success_drains_at_once(server: ScriptedServer, bench: Bench) -> None:
    """When a new record is taken the backlog follows without waiting."""
    bench.hold_back(0, 1)
    server.default = page(502)
    bench.sender.tick()
    bench.landed()
    server.default = outcomes("stored")
    bench.send(2)
    posts = server.wait_for(lambda posts: len(posts) == 3)
    assert posts[-1].seqs == [0, 1]
    assert bench.settled()


def test_retry_after(server: ScriptedServer, bench: Bench) -> None:
    """Resends wait as long as the server asked, and no longer."""
    server.script.append(outcomes("retry", status=503, Retry_After="30"))
    bench.send(0)
    bench.landed()
    bench.later(29_000)
    assert len(server.posts) == 1
    bench.later(1500)
    assert len(server.posts) == 2
    assert bench.settled()


def test_retry_after_though_new_records_pass(server: ScriptedServer, bench: Bench) -> None:
    """A server that takes new records may want no backlog yet."""
    bench.hold_back(0)
    server.script.append(outcomes("retry", status=503, Retry_After="30"))
    bench.sender.tick()
    bench.landed()
    for seq in (1, 2):
        bench.send(seq)
        bench.landed()
    assert [post.seqs for post in server.posts] == [[0], [1], [2]]
    bench.later(30_000)
    assert bench.settled()


def test_a_busy_server_gets_smaller_bodies(server: ScriptedServer, bench: Bench) -> None:
    """Each time it says "not now" half as many records come next, but not few; when it takes them, more and more."""
    bench.hold_back(*range(80))
    server.script.extend([outcomes("retry", status=503)] * 2)
    for _ in range(3):
        bench.later()
    assert bench.settled()
    assert [len(post.seqs) for post in server.posts] == [80, 40, 25, 50, 5]


def test_a_backlog_of_an_outage_begins_small(server: ScriptedServer, bench: Bench) -> None:
    """New records that are told "not now" make it so: a store that comes back is not asked by all hosts for all."""
    bench.hold_back(*range(200))
    server.script.extend([outcomes("retry", status=503, Retry_After="1")] * 5)
    for seq in range(200, 205):
        bench.send(seq)
        bench.landed()
    bench.later()
    assert bench.settled()
    assert [len(post.seqs) for post in server.posts] == [1] * 5 + [25, 50, 100, 30]


def test_a_backlog_is_paced(server: ScriptedServer, threads: Lanes) -> None:
    """So many a second beside what is new; what is left, how fast it goes and how long that takes is known."""
    bench = Bench([server.url], threads, a_second=10)
    bench.hold_back(*range(100))
    for seq in range(100, 105):
        bench.send(seq)
        bench.landed()
        bench.clock.advance(1000)
    assert [len(post.seqs) for post in server.posts] == [1, 10] * 5
    assert bench.sender.drain() == (50, 10, 5)
    server.default = page(500)
    bench.clock.advance(AN_HOUR_MS)
    assert bench.sender.drain() == (50, 0, None)


def test_too_large_is_split(server: ScriptedServer, bench: Bench) -> None:
    """A body that is too large comes again with fewer records, at once."""

    def at_most_three(handler: Handler, post: Post) -> None:
        (page(413) if len(post.records) > 3 else outcomes("stored"))(handler, post)

    server.default = at_most_three
    bench.hold_back(*range(10))
    bench.sender.tick()
    assert bench.settled()
    assert [len(post.seqs) for post in server.posts][:3] == [10, 5, 2]
    assert sorted(seq for post in server.posts if len(post.seqs) <= 3 for seq in post.seqs) == list(range(10))


def test_a_bad_record_does_not_block_the_rest(server: ScriptedServer, bench: Bench) -> None:
    """A record that no server can digest is found by halving and waits aside; all others pass."""

    def choke(handler: Handler, post: Post) -> None:
        (page(500) if 5 in post.seqs else outcomes("stored"))(handler, post)

    server.default = choke
    bench.hold_back(*range(10))
    for seq in range(10, 30):
        bench.send(seq)
        bench.landed()
    assert bench.spool.held() == Queue(1, NOW + 5000, NOW + 5000)
    server.default = outcomes("stored")
    bench.later(ASIDE_MS)
    assert bench.settled()


def test_retry_of_one_record_does_not_turn_in_a_circle(server: ScriptedServer, bench: Bench) -> None:
    """A record that has to wait is not sent again in the same breath as those behind it."""

    def wait_for_the_clock(handler: Handler, post: Post) -> None:
        outcomes(*("retry" if seq == 0 else "stored" for seq in post.seqs))(handler, post)

    server.default = wait_for_the_clock
    bench.hold_back(*range(4))
    bench.sender.tick()
    bench.landed()
    assert [post.seqs for post in server.posts] == [[0, 1, 2, 3]]
    bench.later(ASIDE_MS)
    assert [post.seqs for post in server.posts][1:] == [[0]]


def test_urls_in_turn(server: ScriptedServer, threads: Lanes) -> None:
    """When one server fails the next post goes to another."""
    with ScriptedServer() as broken:
        broken.default = page(502)
        bench = Bench([broken.url, server.url], threads)
        bench.send(0)
        assert bench.settled()
        bench.send(1)
        assert bench.settled()
    assert ([post.seqs for post in broken.posts], [post.seqs for post in server.posts]) == ([[0]], [[0], [1]])


def test_finish(server: ScriptedServer, bench: Bench) -> None:
    """The last record's header says that the collector stops, and no resend begins after it."""
    bench.hold_back(0)
    bench.sender.finish(item(1), seconds=2)
    bench.sender.tick()
    (post,) = server.posts
    assert (post.seqs, post.header.stopping, post.header.queue.count) == ([1], True, 1)
    assert bench.spool.held().count == 1


def test_finish_without_a_server(threads: Lanes) -> None:
    """Nobody there: the last record is kept, and nothing is raised."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        bench = Bench([f"http://127.0.0.1:{taken.getsockname()[1]}"], threads)
        bench.sender.finish(item(0), seconds=2)
    assert bench.spool.held().count == 1


def test_given_up_items_come_back(threads: Lanes, server: ScriptedServer) -> None:
    """What a full queue gives up is handed to the caller."""
    bench = Bench([server.url], threads)
    server.default = page(500)
    bench.spool.limit_bytes = 5 * len(item(0).body) // 2
    bench.send(0, 1)
    assert [found.seq for found in bench.sender.submit([item(2)])] == [0]


def test_many_senders_share_threads(server: ScriptedServer) -> None:
    """Fifty senders over a few threads: each record arrives once or is drained."""
    threads = lanes(2)
    benches = [Bench([server.url], threads) for _ in range(50)]
    for bench in benches:
        bench.send(0, 1, 2)
    for bench in benches:
        while not bench.settled():
            bench.sender.tick()
    assert sum(len(post.seqs) for post in server.posts) == 150
    threads.close(PATIENCE_SECONDS)
