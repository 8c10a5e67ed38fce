"""The one shape of an error."""

from flask import Flask

from tidegauge.sessions import errors


def test_an_error_has_keyword_reason_and_hint() -> None:
    """And the status that was asked for."""
    with Flask("test").app_context():
        response = errors.error(413, "too_large", "too much", "send less")
    assert response.status_code == 413
    assert response.json == {"error": "too_large", "reason": "too much", "hint": "send less"}
