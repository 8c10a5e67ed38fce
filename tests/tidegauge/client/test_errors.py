"""The one error of the notebook API."""

from __future__ import annotations

from tidegauge.client.errors import TidegaugeError


def test_it_reads_as_a_sentence_with_its_hint() -> None:
    """The hint follows the reason, if there is one."""
    assert str(TidegaugeError("no host is there", "start one")) == "no host is there; start one"
    assert str(TidegaugeError("no host is there")) == "no host is there"
