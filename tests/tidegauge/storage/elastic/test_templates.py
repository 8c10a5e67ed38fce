"""The templates as data."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from tidegauge.metrics.catalogue import catalogue
from tidegauge.storage.elastic.layout import VERSION
from tidegauge.storage.elastic.templates import NAMES, template


def test_every_file_is_a_template() -> None:
    """The table equals the folder."""
    folder = files("tidegauge.storage.elastic") / "templates"
    assert {file.name for file in folder.iterdir()} == {f"{name}.json" for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_whose_it_is(name: str) -> None:
    """Its version stands in it and in the indices made by it; nothing but Tidegauge makes those."""
    body = template(name)
    assert body["_meta"] == body["template"]["mappings"]["_meta"] == {"tidegauge": VERSION}
    assert body["allow_auto_create"] is False
    assert all(one.startswith("tidegauge-") for one in body["index_patterns"])


def test_no_row_is_ever_stored_in_part() -> None:
    """Fields beyond a limit are refused, never left out in silence."""
    assert "ignore_dynamic_beyond_limit" not in json.dumps([template(name) for name in NAMES])


@pytest.mark.parametrize("name", ["raw", "minute"])
def test_rows_have_fields_for_the_catalogue(name: str) -> None:
    """Well within the limit of fields."""
    body = template(name)["template"]
    mapped = body["mappings"]["properties"]["metrics"]["properties"]
    assert {field if name == "raw" else field.rpartition(".")[0] for field in mapped} == set(catalogue())
    assert 3 * len(mapped) < body["settings"]["index.mapping.total_fields.limit"]
