"""`tidegauge ingest`."""

from __future__ import annotations

import subprocess
import sys

from cli import ingest
from tidegauge import settings


def test_it_needs_no_dash() -> None:
    """So it is back soon after it was killed, and an ingest machine needs less memory."""
    code = "import sys, cli.ingest; print(sorted({'dash', 'plotly', 'duckdb'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_it_says_where_collectors_send_and_where_rows_are_kept() -> None:
    """Never with the store's password."""
    told = settings.read({"store": "https://u:hunter2@h:9200"}, {}, "ingest")
    text = ingest._greeting(told)
    assert "http://127.0.0.1:8051" in text
    assert "https://…@h:9200" in text
    assert "hunter2" not in text
