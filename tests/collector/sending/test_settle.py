"""What an answer means for the records of a POST."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sending.settle import judge
from collector.sending.transport import REPLY_BYTES
from tests.collector.scripted_server import (
    Reaction,
    ScriptedServer,
    altered,
    cut,
    hang_up,
    of_length,
    outcomes,
    page,
    raw,
)
from tests.collector.sender_bench import Bench
from tests.rows import INCARNATION, NOW
from tidegauge.metrics import wire
from tidegauge.metrics.wire import Outcome, Settled

SENT = [(INCARNATION, 1), (INCARNATION, 2)]


def answer(*outcomes: Settled, first: int = 1) -> bytes:
    """An answer that names records from `first`."""
    found = [Outcome(INCARNATION, seq, outcome, "why") for seq, outcome in enumerate(outcomes, first)]
    return wire.encode_answer(0, found)


@pytest.mark.parametrize("status", [200, 503])
@pytest.mark.parametrize("outcome", ["stored", "duplicate", "partial", "refused"])
def test_settled(status: int, outcome: Settled) -> None:
    """Each outcome but retry settles, with either status."""
    verdict = judge(SENT, status, answer(outcome, outcome))
    assert (verdict.keys, verdict.failure, verdict.foreign) == (SENT, "", None)


def test_retry_is_kept() -> None:
    """Retry keeps its record and says why; the other one is settled."""
    verdict = judge(SENT, 200, answer("stored", "retry"))
    assert (verdict.keys, verdict.failure) == (SENT[:1], "retry: why")


def test_only_named_records() -> None:
    """A record that the answer does not name is kept, and one that was not sent is ignored."""
    verdict = judge(SENT, 200, answer("stored", "stored", first=2))
    assert (verdict.keys, verdict.failure) == (SENT[1:], "an answer that does not name all records")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>welcome</html>"),
        (200, b'{"ok": true}'),
        (200, b'{"tidegauge": 9, "now_ms": 0, "outcomes": []}'),
        (503, b""),
        (500, answer("stored", "stored")),
        (202, answer("stored", "stored")),
        (401, b"{}"),
        (413, b"too large"),
        (200, answer("stored", "stored").replace(b'"seq":2', b'"seq":1').replace(b"stored", b"refused", 1)),
    ],
)
def test_nothing_else_settles(status: int, body: bytes) -> None:
    """Any other page or status settles nothing, not even with our JSON in it."""
    verdict = judge(SENT, status, body)
    assert (verdict.settled, verdict.foreign, bool(verdict.failure)) == ([], status, True)


@given(st.integers(100, 599), st.binary())
def test_any_bytes(status: int, body: bytes) -> None:
    """Hostile bytes settle nothing and raise nothing."""
    assert judge(SENT, status, body).settled == []


# --- every answer that may come, to a sender ---------------------------------------------------------


def with_text(old: str, new: str) -> Reaction:
    """An answer of ours in which something else stands."""
    return altered(lambda body: re.sub(old.encode(), new.encode(), body))


OURS = b'{"tidegauge":1,"now_ms":0,"outcomes":[]}'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

ANSWERS: dict[str, tuple[Reaction, str]] = {
    # a page of something between: captive portal, proxy, balancer
    "a page": (page(200), "HTTP 200 with a page that is no answer of ours"),
    "other JSON": (page(200, b'{"status":"ok"}'), "HTTP 200 with a page that is no answer of ours"),
    "an empty page": (page(200, b""), "HTTP 200 with a page that is no answer of ours"),
    "no content": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "HTTP 204"),
    "accepted, not stored": (outcomes("stored", status=202), "HTTP 202"),
    "early hints": (raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), "HTTP 103"),
    "a page to log in at": (page(511), "HTTP 511"),
    # errors, with a page or with our JSON in it
    "bad request": (page(400), "HTTP 400"),
    "unauthorised": (page(401), "HTTP 401"),
    "forbidden": (page(403), "HTTP 403"),
    "not found": (page(404), "HTTP 404"),
    "wrong method": (page(405), "HTTP 405"),
    "a proxy wants a password": (page(407), "HTTP 407"),
    "time-out of a balancer": (page(408), "HTTP 408"),
    "gone": (page(410), "HTTP 410"),
    "too large": (page(413), "HTTP 413"),
    "wrong type": (page(415), "HTTP 415"),
    "too many requests": (page(429, Retry_After="7"), "HTTP 429"),
    "server error": (page(500), "HTTP 500"),
    "server error with our answer": (outcomes("stored", status=500), "HTTP 500"),
    "bad gateway": (page(502), "HTTP 502"),
    "a balancer without servers": (page(503, Retry_After="7"), "HTTP 503 with a page that is no answer of ours"),
    "gateway time-out": (page(504), "HTTP 504"),
    # broken on its way
    "closed unanswered": (hang_up, "closed without an answer"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH\r\n\r\n"), "SSH-2.0-OpenSSH"),
    "cut in the status": (raw(b"HTTP/1.1 20"), "closed without an answer|HTTP/1.1 20|HTTP 20"),
    "cut in the header": (raw(b"HTTP/1.1 200 OK\r\nContent-Le"), "HTTP 200 with a page that is no answer of ours"),
    "cut in the body": (cut, "HTTP 200 with a page that is no answer of ours"),
    "cut before its length": (of_length(+1), "HTTP 200 with a page that is no answer of ours"),
    "longer than its length": (of_length(-1), "HTTP 200 with a page that is no answer of ours"),
    "cut between chunks": (raw(CHUNKED + b"28\r\n" + OURS), "HTTP 200 with a page that is no answer of ours"),
    "no chunks": (raw(CHUNKED + b"zz\r\n" + OURS), "HTTP 200 with a page that is no answer of ours"),
    "a header without end": (raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999), "got more than 65536 bytes"),
    "packed": (altered(gzip.compress, Content_Encoding="gzip"), "HTTP 200 with a page that is no answer of ours"),
    "huge": (altered(lambda body: body + b" " * REPLY_BYTES), "HTTP 200 with a page that is no answer of ours"),
    "our answer twice": (altered(lambda body: body * 2), "HTTP 200 with a page that is no answer of ours"),
    # of our kind, but not the answer to this POST
    "no record named": (page(200, OURS), "an answer that does not name all records"),
    "another record": (with_text('"seq":0', '"seq":9'), "an answer that does not name all records"),
    "another life": (with_text(INCARNATION, "1700000000001-bbbbbbbb"), "an answer that does not name all records"),
    "an older version": (with_text('"tidegauge":1', '"tidegauge":0'), "an answer of version 0"),
    "a newer version": (with_text('"tidegauge":1', '"tidegauge":2'), "an answer of version 2"),
    "no version": (with_text('"tidegauge":1,', ""), "HTTP 200 with a page that is no answer of ours"),
    "an unknown outcome": (with_text("stored", "archived"), "HTTP 200 with a page that is no answer of ours"),
    "two outcomes": (
        altered(
            lambda body: re.sub(rb"\[(.*)\]", lambda m: b"[%b,%b]" % (m[1], m[1].replace(b"stored", b"retry")), body)
        ),
        "HTTP 200 with two outcomes of one record",
    ),
    # ours: not now
    "retry": (outcomes("retry"), "retry: why"),
    "retry, the store is down": (outcomes("retry", status=503, Retry_After="7"), "retry: why"),
}
"""What comes back for a record, and what is said of it. None of it settles the record."""


@pytest.mark.parametrize("name", ANSWERS)
def test_nothing_but_our_answer_settles(server: ScriptedServer, bench: Bench, name: str) -> None:
    """Whatever comes back, the record is kept, the failure named, and the record sent until our answer comes."""
    server.default, failure = ANSWERS[name]
    bench.send(0)
    bench.landed()
    link = bench.sender.link()
    assert (bench.spool.held().count, bench.sender.letters.counts, link.failing_since_ms) == (1, {}, NOW)
    assert re.search(f"^(?:{failure})", link.failure), link.failure
    server.default = ScriptedServer.stores
    bench.later()
    assert bench.settled()
    assert (bench.sender.letters.counts, bench.sender.link().failing_since_ms) == ({"stored": 1}, None)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server: ScriptedServer, bench: Bench, status: int) -> None:
    """Neither record nor token goes anywhere that the settings do not name."""
    with ScriptedServer() as elsewhere:
        server.default = page(status, Location=f"{elsewhere.url}/api/v1/records")
        bench.send(0)
        bench.landed()
        assert (bench.spool.held().count, bench.sender.link().failure) == (1, f"HTTP {status}")
        assert elsewhere.posts == []


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [
        (lambda _at: "30", 30),
        (lambda at: format_datetime(at(30), usegmt=True), 30),
        (lambda _at: "86400", 300),
        (lambda at: format_datetime(at(86_400), usegmt=True), 300),
    ],
)
def test_a_server_is_left_in_peace_as_long_as_it_asks(
    server: ScriptedServer, bench: Bench, status: int, wanted: Callable[[Callable[[int], datetime]], str], seconds: int
) -> None:
    """In seconds or until a date, at most five minutes; new records are tried all the same."""
    after = wanted(lambda ahead: datetime.fromtimestamp(NOW / 1000 + ahead, UTC))
    server.script.append(page(status, Retry_After=after))
    bench.send(0)
    bench.landed()
    bench.later(1000 * seconds - 500)
    assert len(server.posts) == 1
    bench.send(1)
    assert server.wait_for(lambda posts: len(posts) == 2)[-1].seqs == [1]
    bench.landed()
    bench.later(1000)
    assert bench.settled()


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_is_not_taken_loses_nothing(server: ScriptedServer, bench: Bench, status: int) -> None:
    """All is kept, resends wait ever longer, since when is shown, and with the right token all goes."""
    server.default = page(status)
    for seq in range(60):
        bench.send(seq)
        bench.landed()
        bench.later(1000)
    resends = [post for post in server.posts if len(post.seqs) > 1]
    assert len(resends) < 15
    assert (bench.spool.held().count, bench.sender.letters.counts) == (60, {})
    assert bench.sender.link().auth_failed_since_ms == NOW
    server.default = ScriptedServer.stores
    bench.send(60)
    assert bench.settled()
    assert (bench.sender.letters.counts, bench.sender.link().auth_failed_since_ms) == ({"stored": 61}, None)


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (
            b'{"error": "token", "reason": "this token of h1\\n was revoked", "hint": ""}',
            ": this token of h1 was revoked",
        ),
        (b'{"reason": "' + b"x" * 1_000 + b'"}', ": " + "x" * 200),
        (b"<html>Sign in</html>", ""),
        (b'{"reason": 1}', ""),
        (b"\xff", ""),
        (b"[" * 100_000, ""),
    ],
    ids=["ours", "long", "a page", "another shape", "no text", "deep"],
)
def test_why_a_token_is_not_taken_is_told(body: bytes, failure: str) -> None:
    """In the server's own words, if it is a server of ours; nothing is settled by that."""
    for status in (401, 403):
        verdict = judge(SENT, status, body)
        assert (verdict.keys, verdict.failure, verdict.foreign) == ([], f"HTTP {status}{failure}", status)
