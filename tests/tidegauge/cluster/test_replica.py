"""Replicas of shards: a semilattice, and what a reader concludes from it."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tidegauge.cluster.worlds import HOSTS, NODES, PERIOD_MS, STEPS, WALL_MS, Sent, Step, World, world_after
from tidegauge.cluster import presence
from tidegauge.cluster.presence import Verdict
from tidegauge.cluster.replica import LIVES, QUIET_MS, RECENT, Replica, Replicas
from tidegauge.cluster.shard import EXACT_MS
from tidegauge.cluster.shard_frames import Beat, Facts, Shard

LATENCY_MS = 30
UNIT_MS = 8
SILENT_MS = presence.SILENT_PERIODS * PERIOD_MS


def replicas(sent: list[Sent], latency_ms: int = 0) -> Replicas:
    """A reader that was told these, in this order."""
    made = Replicas()
    for frame, at_ms in sent:
        made.take(frame, at_ms + latency_ms)
    return made


def held(reader: Replicas) -> object:
    """All that a reader concludes from."""
    facts = {host: sorted(reader.facts(host), key=repr) for host in HOSTS}
    return facts, {life: (one.known_ms(), one.lacks) for life, one in reader._shards.items()}


def verdict(reader: Replicas, host: str, now_ms: float) -> Verdict | None:
    return presence.judge(reader.facts(host), now_ms, reader.known_ms(now_ms))


@given(STEPS, st.randoms(use_true_random=False))
def test_order_and_repeats_change_nothing(steps: list[Step], random: Random) -> None:
    """The same frames in any order, some of them again and later, make the same of all that is known."""
    world = world_after(steps)
    again = [Sent(frame, at_ms + random.randrange(500)) for frame, at_ms in world.sent if random.random() < 0.5]
    mixed = [*world.sent, *again]
    random.shuffle(mixed)
    assert held(replicas(mixed)) == held(replicas(world.sent))


@given(STEPS, st.randoms(use_true_random=False))
def test_parts_that_were_apart_join_to_the_whole(steps: list[Step], random: Random) -> None:
    """Two halves of what was told, in whatever order they are joined, come to the same."""
    world = world_after(steps)
    sides: list[list[Sent]] = [[], []]
    for one in world.sent:
        random.choice(sides).append(one)
    left, right = sides
    assert held(replicas(left + right)) == held(replicas(right + left)) == held(replicas(world.sent))


@given(STEPS, st.data())
@settings(max_examples=200)
def test_nobody_is_silent_whom_a_node_has_seen(steps: list[Step], data: st.DataObject) -> None:
    """Whatever frames are lost: until when a reader says it knows all, it does, and calls nobody silent for more."""
    world = world_after(steps)
    told = [one for one in world.sent if data.draw(st.sampled_from((True, True, True, False)))]
    reader, now_ms = replicas(told, LATENCY_MS), world.now_ms + LATENCY_MS
    until_ms = min(now_ms, reader.known_ms(now_ms))
    lives = {(one.frame.node, one.frame.life) for one in told}
    for host in HOSTS:
        found = verdict(reader, host, now_ms)
        for at_ms, node, of, _ in world.posts:
            is_read = any(name == node for name, _ in lives) and of == host and _known(reader, node) >= at_ms
            if found and found.state in ("silent", "down") and is_read:
                assert at_ms < until_ms - SILENT_MS + LATENCY_MS + UNIT_MS


def _known(reader: Replicas, node: str) -> float:
    """Until when a reader says that it knows what a node saw, whichever life it was in."""
    known = [one.known_ms() for (name, _), one in reader._shards.items() if name == node]
    return min((at_ms - LATENCY_MS for at_ms in known if at_ms is not None), default=-1)


@given(STEPS)
def test_what_a_reader_concludes_is_as_exact_as_is_promised(steps: list[Step]) -> None:
    """With all frames and no latency: the last sighting of each collector, its clock, and its newest row."""
    world = world_after([step for step in steps if step.what != "restart"])
    reader, last = replicas(world.sent), {(host, seen.incarnation): at for at, _, host, seen in world.posts}
    for host in HOSTS:
        for fact in reader.facts(host):
            at_ms = max(
                at for at, _, of, seen in world.posts if of == host and seen.incarnation == fact.seen.incarnation
            )
            assert fact.at_ms <= at_ms + UNIT_MS
            assert abs(fact.sent_ms - WALL_MS - fact.at_ms) <= EXACT_MS + UNIT_MS
        for (of, incarnation), at_ms in last.items():
            mine = [fact.at_ms for fact in reader.facts(host) if fact.seen.incarnation == incarnation]
            assert of != host or 0 <= max(mine) - at_ms <= UNIT_MS
        if newest := presence.newest_ms(reader.facts(host)):
            truth = max(seen.newest_ms - WALL_MS for _, _, of, seen in world.posts if of == host)
            assert abs(newest - truth) <= EXACT_MS + UNIT_MS


@given(STEPS, st.data())
def test_a_snapshot_heals_what_was_lost(steps: list[Step], data: st.DataObject) -> None:
    """After losses, a snapshot of each node makes of its present life what who lost nothing has."""
    world = world_after(steps)
    told = [one for one in world.sent if data.draw(st.booleans())]
    begun = len(world.sent)
    for node in NODES:
        world.do(Step(0, "snapshot", node, ""))
    whole = world.sent[begun:]
    healed, truth = replicas([*told, *whole]), replicas([*world.sent, *whole])
    lives = {(one.frame.node, one.frame.life) for one in whole}
    for life in lives:
        one, other = healed._shards[life], truth._shards[life]
        assert one._entries == other._entries
        places = [place for host in one.hosts() for place in one.places(host)]
        assert sorted(places) == [place for place, entry in enumerate(one._entries) if entry]
        assert all(abs(one.fact(place).at_ms - other.fact(place).at_ms) <= UNIT_MS for place in places)
        assert not one.lacks
        assert one.known_ms() == other.known_ms()


def test_a_clock_that_stood_still_is_taken_anew() -> None:
    """After a jump of more than links allow, ages are right at the first frame, not when old ones are forgotten."""
    reader = Replica()
    for at_ms in range(0, 8_000, 500):
        reader.take(beat(1 + at_ms // 500, at_ms), at_ms + 10)
    assert reader.known_ms() == 7_510
    reader.take(beat(17, 8_000), 68_000)
    assert reader.known_ms() == 68_000


def test_a_frame_that_comes_late_makes_nobody_older() -> None:
    """The quickest frame counts: one that was held up on its way does not move the clock."""
    reader = Replica()
    for number in range(1, RECENT + 1):
        reader.take(beat(number, 500 * number), 500 * number + (2_000 if number % 2 else 20))
    assert reader.known_ms() == 500 * RECENT + 20


def test_a_hole_stops_what_is_known_until_it_is_filled() -> None:
    """Beats behind a lost frame tell who was seen, but not that nobody else was."""
    reader = Replica()
    reader.take(beat(1, 500), 500)
    reader.take(beat(3, 1_500), 1_500)
    assert (reader.known_ms(), reader.lacks) == (500, True)
    reader.take(beat(2, 1_000), 1_000)
    assert (reader.known_ms(), reader.lacks) == (1_500, False)


def test_a_node_that_says_nothing_holds_up_verdicts_for_a_while() -> None:
    """What it saw is not known: who was live stays so, until its link is broken for certain."""
    world = world_after([Step(0, "post", "a", "h1"), Step(0, "beat", "a", "")])
    reader, now_ms = replicas(world.sent), world.now_ms
    for later_ms in (SILENT_MS, QUIET_MS):
        assert verdict(reader, "h1", now_ms + later_ms).state == "live"  # type: ignore[union-attr]
    assert verdict(reader, "h1", now_ms + QUIET_MS + 1).state == "silent"  # type: ignore[union-attr]


def test_round_robin_over_nodes_flaps_nothing() -> None:
    """A collector whose every POST goes elsewhere is live at every moment, and of one mind about its clock."""
    world = World()
    now: list[int] = []
    for second in range(40):
        for after_ms, what in ((400, "post"), (300, "beat"), (300, "beat")):
            world.do(Step(after_ms, what, NODES[second % 3], "h1"))
            found = verdict(replicas(world.sent), "h1", world.now_ms)
            assert found is not None
            assert (found.state, found.overlap) == ("live", False)
            now.append(round(found.now_ms) - WALL_MS - world.now_ms)
    assert max(map(abs, now)) <= 8


def test_a_clean_stop_is_not_undone_by_a_post_that_was_sent_before_it() -> None:
    """Which came last is the collector's clock's to say, whatever node took which."""
    world = World()
    world.do(Step(0, "stop", "a", "h1"))
    stop = world.posts[-1][3]
    early = stop.__class__(**{name: getattr(stop, name) for name in stop.__struct_fields__} | {"stopping": False})
    other = World()
    other.now_ms += 120
    other._tell(other._shards["b"].see(early, other._own("b")))
    reader = replicas([*world.sent, *other.sent])
    assert verdict(reader, "h1", other.now_ms).state == "stopped"  # type: ignore[union-attr]


def test_lives_that_nobody_hears_any_more_make_room() -> None:
    """A node that begins a life with each frame fills nothing: the last few are kept, and so are its hosts."""
    reader = Replicas()
    for number in range(3 * LIVES):
        world = world_after([Step(0, "post", "a", "h1")])
        for frame, at_ms in world.sent:
            if frame.node == "a":
                reader.take(frame.__class__(**fields(frame) | {"life": str(number)}), at_ms + number)
    assert len(reader._shards) == LIVES
    assert len(reader.facts("h1")) == LIVES


def fields(frame: Beat | Facts | Shard) -> dict[str, object]:
    return {name: getattr(frame, name) for name in frame.__struct_fields__}


def test_a_place_is_not_taken_over() -> None:
    """A node that gives one place to two collectors is believed about the first."""
    reader = Replicas()
    for host in HOSTS:
        (first, *_) = world_after([Step(0, "post", "a", host)]).sent
        reader.take(first.frame, first.at_ms)
    assert [len(reader.facts(host)) for host in HOSTS] == [1, 0]


def test_what_was_not_heard_for_long_is_forgotten() -> None:
    """Facts go as `presence.forget` says, whichever shard holds them, and empty shards after them."""
    world = world_after([Step(0, "post", "a", "h1"), Step(0, "again", "a", "h1"), Step(0, "post", "b", "h1")])
    reader = replicas(world.sent)
    reader.forget(world.now_ms + 5_001, 5_000, 60_000)
    assert [fact.seen.incarnation[12] for fact in reader.facts("h1")] == ["1"]
    reader.forget(world.now_ms + 60_001, 5_000, 60_000)
    assert (reader.hosts(), reader._shards) == (set(), {})


def beat(number: int, at_ms: int) -> Beat:
    """A beat of a node that saw nobody."""
    return Beat(node="a", life="0.0", number=number, at_ms=at_ms, unit_ms=8, seen="", ages="")
