"""What nodes say of each other, judged."""

from __future__ import annotations

from typing import Any

from app.mesh_diagnosis import CLOCK_MS, problems, web_nodes

OWN = {"name": "w1", "version": "1"}


def node(name: str, *readers: str, **fields: Any) -> dict[str, Any]:
    subscribers = [{"name": reader, "url": f"http://{reader}", "version": "1"} for reader in readers]
    told = {"node": name, "version": "1", "state": "live", "age_ms": 0, "offset_ms": 0, "twin": ""}
    return {**told, "subscribers": subscribers, **fields}


def said(nodes: list[dict[str, Any]], **refused: str) -> list[str]:
    return [problem["text"] for problem in problems(nodes, web_nodes(nodes, OWN, {}), refused, "w1")]


def test_in_health_nothing_is_said() -> None:
    """Each web node reads each ingest node, all of one version."""
    nodes = [node("i1", "w1", "w2"), node("i2", "w1", "w2")]
    assert said(nodes) == []
    assert [(web["name"], web["reads"], web["lacks"]) for web in web_nodes(nodes, OWN, {})] == [
        ("w1", ["i1", "i2"], []),
        ("w2", ["i1", "i2"], []),
    ]


def test_within_one_process_the_web_node_is_there_and_lacks_nothing() -> None:
    """A node whose only reader is in the process names none."""
    (web,) = web_nodes([node("up")], OWN, {})
    assert (web["name"], web["lacks"]) == ("w1", [])
    assert said([node("up")]) == []


def test_a_web_node_that_does_not_read_an_ingest_node_is_named() -> None:
    """By all other nodes; an ingest node that is not heard says nothing of it."""
    assert said([node("i1", "w1", "w2"), node("i2", "w1")]) == ["Web node w2 does not read i2."]
    assert said([node("i1", "w1", "w2"), node("i2", "w1", state="down")]) == []


def test_versions_that_differ_are_told_with_who_runs_which() -> None:
    """Of ingest and web nodes; one whose version is not known is none."""
    assert said([node("i1", "w1", version="2"), node("i2", "w1", version="")]) == ["Versions differ: 1 on w1; 2 on i1."]


def test_two_nodes_of_one_name_are_told() -> None:
    """Ingest nodes by the twin's URL, web nodes by both."""
    assert said([node("i1", "w1", twin="http://other")]) == ["Two ingest nodes are named i1; one is http://other."]
    twins = node("i1", "w1")
    twins["subscribers"].append({"name": "w1", "url": "http://else", "version": "1"})
    assert said([twins]) == ["Two web nodes are named w1: http://else, http://w1."]


def test_a_node_that_speaks_for_another_and_a_clock_that_is_off_are_told() -> None:
    """A clock by how far and in which direction; that of a node not heard now is not judged."""
    assert said([node("i1", "w1")], i9="i1") == ["Node i9 speaks for node i1."]
    assert said([node("i1", "w1", offset_ms=-3_600_000)]) == [
        "The clock of ingest node i1 is 3,600 s behind this web node's."
    ]
    assert said([node("i1", "w1", offset_ms=CLOCK_MS)]) == []
    assert said([node("i1", "w1", offset_ms=-3_600_000, state="down")]) == []


def test_web_nodes_that_make_something_else_of_hosts_are_told() -> None:
    """Each with how many, at least; what they tell of it to nodes is not shown."""
    nodes = [node("i1", "w1", "w2", "w3")]
    webs = web_nodes(nodes, OWN, {"w2": 1, "w3": 7})
    assert [(web["name"], web["differs"]) for web in webs] == [("w1", 0), ("w2", 1), ("w3", 7)]
    assert [problem["text"] for problem in problems(nodes, webs, {}, "w1")] == [
        "Web nodes w1 and w2 differ on 1 host or more.",
        "Web nodes w1 and w3 differ on 7 hosts or more.",
    ]
