"""The one error of the notebook API: a sentence, and what to do."""

from __future__ import annotations


class TidegaugeError(Exception):
    """What could not be done, in one sentence. hint: what a person can do, "" if nothing is known."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(f"{reason}; {hint}" if hint else reason)
        self.reason = reason
        self.hint = hint
