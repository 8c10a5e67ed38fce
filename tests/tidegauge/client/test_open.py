"""Opening connections."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.site import listening
from tidegauge.client.errors import TidegaugeError
from tidegauge.client.open import connect


def test_a_node_is_connected_to_by_any_of_its_pages(tmp_path: Path) -> None:
    """And asked at once, so that a wrong address fails here."""
    with listening(tmp_path) as site:
        assert connect(f"http://{site.host}/hosts/h1").url == f"http://{site.host}"
    with pytest.raises(TidegaugeError, match="no Tidegauge node answers"):
        connect(f"http://{site.host}")
