"""The one shape of an error: `error` (keyword), `reason` (what), `hint` (what to do)."""

from __future__ import annotations

from flask import Response, jsonify


def error(status: int, keyword: str, reason: str, hint: str) -> Response:
    """An error as a response."""
    response = jsonify(error=keyword, reason=reason, hint=hint)
    response.status_code = status
    return response
