"""What nodes say of each other, judged: who reads whom, differing versions and clocks, two of one name. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Told = dict[str, Any]

CLOCK_MS = 10_000
"""A node's clock that is off by more is worth a word."""


def web_nodes(nodes: Sequence[Told], own: Told, differing: Mapping[str, int]) -> list[Told]:
    """The web nodes that the ingest nodes which are heard name as readers, and this one. reads, lacks: the names of
    the ingest nodes that do and do not name it. differs: of how many hosts, at least, it makes something else than
    this one; differing: that, by name."""
    heard = [node for node in nodes if node["state"] == "live"]
    found: dict[tuple[str, str], Told] = {}
    for node in heard:
        for one in node.get("subscribers", ()):
            said = {key: one[key] for key in ("name", "url", "version")}
            found.setdefault((one["name"], one["url"]), {**said, "reads": []})["reads"].append(node["node"])
    if not any(name == own["name"] for name, _ in found):
        found[own["name"], ""] = {"name": own["name"], "url": "", "version": own["version"], "reads": []}
    named = any(node.get("subscribers") for node in heard)
    return [
        {
            **one,
            "lacks": [node["node"] for node in heard if named and node["node"] not in one["reads"]],
            "differs": differing.get(one["name"], 0),
        }
        for _, one in sorted(found.items())
    ]


def problems(nodes: Sequence[Told], webs: Sequence[Told], refused: Mapping[str, str], own: str = "") -> Iterable[Told]:
    """What is wrong between nodes, and what to do. refused: whose shard a node wrote. own: this web node's name."""
    for web in webs:
        if web["lacks"] and web["reads"]:
            hint = "What their collectors send is missing on its pages: look at the network between."
            yield _problem("bad", f"Web node {web['name']} does not read {_listed(web['lacks'])}.", hint)
    yield from _differences(webs, own)
    yield from _twins(nodes, webs)
    yield from _versions([*nodes, *webs])
    for speaker, other in sorted(refused.items()):
        hint = "That is refused. Give each node a name of its own (TIDEGAUGE_NODE), and look what it is."
        yield _problem("bad", f"Node {speaker} speaks for node {other}.", hint)
    for node in nodes:
        ahead_ms = node.get("offset_ms") or 0
        if node["state"] == "live" and abs(ahead_ms) > CLOCK_MS:
            side = "ahead of" if ahead_ms > 0 else "behind"
            text = f"The clock of ingest node {node['node']} is {abs(ahead_ms) / 1000:,.0f} s {side} this web node's."
            yield _problem("warn", text, "Set it, or let NTP: ages are right, tokens and retention are by its clock.")


def _differences(webs: Sequence[Told], own: str) -> Iterable[Told]:
    hint = "One of them may lack a link, or have lacked one. If it stays, restart the one that is wrong."
    for web in webs:
        if web["differs"]:
            hosts = f"{web['differs']} host{'' if web['differs'] == 1 else 's'} or more"
            yield _problem("warn", f"Web nodes {own} and {web['name']} differ on {hosts}.", hint)


def _twins(nodes: Sequence[Told], webs: Sequence[Told]) -> Iterable[Told]:
    hint = "Give each node a name of its own (TIDEGAUGE_NODE)."
    for node in nodes:
        if node.get("twin"):
            yield _problem("bad", f"Two ingest nodes are named {node['node']}; one is {node['twin']}.", hint)
    names = [web["name"] for web in webs]
    for name in sorted({name for name in names if names.count(name) > 1}):
        urls = _listed([web["url"] for web in webs if web["name"] == name])
        yield _problem("warn", f"Two web nodes are named {name}: {urls}.", hint)


def _versions(nodes: Sequence[Told]) -> Iterable[Told]:
    known: dict[str, set[str]] = {}
    for node in nodes:
        if node["version"]:
            known.setdefault(node["version"], set()).add(node.get("node") or node["name"])
    if len(known) > 1:
        told = "; ".join(f"{version} on {_listed(sorted(names))}" for version, names in sorted(known.items()))
        yield _problem("warn", f"Versions differ: {told}.", "While you upgrade that is so: web nodes go first.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _problem(level: str, text: str, hint: str) -> Told:
    return {"level": level, "text": text, "hint": hint}
