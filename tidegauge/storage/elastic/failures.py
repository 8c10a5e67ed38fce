"""What a server's refusals mean: statuses and errors of Elasticsearch as errors of ours. Pure."""

from __future__ import annotations

from typing import Any

from tidegauge.storage.base import StoreError, StoreUnavailableError

RIGHTS = (
    "give its role the cluster rights monitor and manage_index_templates, "
    "and on tidegauge-* the index rights manage, read and write"
)
BLOCKED = "cluster_block_exception"
UNBLOCK = (
    "free disk space; Elasticsearch then lifts the block by itself, or: PUT tidegauge-*/_settings "
    '{"index.blocks.read_only_allow_delete": null, "index.blocks.read_only": null, "index.blocks.write": null}'
)


def refusal(name: str, user: str, status: int, body: Any) -> StoreError:
    """The error of an answer that is no success. name: the server's. user: as whom it was asked."""
    kind, reason = told(body)
    if kind == BLOCKED:
        return StoreUnavailableError(f"Elasticsearch refuses to write: {reason}", UNBLOCK)
    if status == 401:
        return StoreError(
            f"Elasticsearch at {name} does not accept {user}: {reason}",
            permanent=True,
            hint="check user and password in TIDEGAUGE_STORE, or TIDEGAUGE_STORE_API_KEY",
        )
    if status == 403:
        return StoreError(f"{user} may not do this in Elasticsearch: {reason}", permanent=True, hint=RIGHTS)
    if status == 429 or status >= 500:
        hint = "its own log says why" if status != 429 else "it is overloaded: give it time, or more nodes"
        return StoreUnavailableError(f"Elasticsearch at {name} answered {status}: {reason}", hint)
    return StoreError(f"Elasticsearch at {name} refused a request with {status}: {reason}", permanent=True)


def told(body: Any) -> tuple[str, str]:
    """The type and the reason of an error's body, as short as they are; ("", its text) of another page."""
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return "", str(error)[:300]
    causes = error.get("root_cause") or error.get("failed_shards") or [error]
    cause = causes[0].get("reason", causes[0]) if isinstance(causes[0].get("reason"), dict) else causes[0]
    kind = str(cause.get("type") or error.get("type") or "")
    return kind, str(cause.get("reason") or error.get("reason") or kind)[:300]
