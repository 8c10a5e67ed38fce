"""How an engine answers, as `status` says it: where rights are missing, what to grant. Pure."""

from __future__ import annotations

from collector.engines.client import Version

PROXY = "docker-socket-proxy with CONTAINERS=1 EVENTS=1 VERSION=1 POST=0"


def note(url: str, engine: Version | None, failure: str, denied: bool) -> str:
    """A line for people."""
    who = f"{engine.row.runtime} {engine.version} " if engine else ""
    if denied:
        return (
            f"{who}{url}: no rights, so containers have no names, health and exit codes; all else is measured. "
            f"Let a filtering proxy pass GET /version, /containers/ID/json and /events ({PROXY}) and name it in "
            "TIDEGAUGE_ENGINES=http://HOST:PORT. Membership of the socket's group works too, but equals root here"
        )
    if failure:
        return f"{who}{url}: not heard: {failure}"
    return f"{who}{url}: " + ("heard" if engine else "not asked yet")
