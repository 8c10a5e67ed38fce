"""What one append inserts."""

from __future__ import annotations

import numpy as np

from tests.rows import INCARNATION, NOW, record
from tidegauge.metrics.records import Description, Entity
from tidegauge.storage.base import Arrival
from tidegauge.storage.embedded import batch, inserts
from tidegauge.storage.embedded.catalog import Catalog
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.origins import Origin, Origins


def test_rows_with_unknown_values_and_late_ones(database: Database, catalog: Catalog) -> None:
    """NaN is NULL; only late rows have when they were received; columns go by name."""
    hot = catalog.create_hot(database, "host", ["b", "A", "unused"])
    arrivals = [Arrival(record([NOW, NOW + 1], {"A": [1.0, None], "b": [None, 2.0]}), NOW + 9, NOW + 1)]
    (new,), owners = batch.flatten(arrivals, Origins().place)
    with database.transaction("inserting") as cursor:
        inserts.rows(cursor, hot, new, arrivals, owners[new.block])
        found = cursor.execute(f'SELECT _origin, _time, _received, "^a", b, unused FROM {hot.table}').fetchall()
    assert found == [(1, NOW, NOW + 9, 1.0, None, None), (1, NOW + 1, None, None, 2.0, None)]
    assert np.isnan(new.values[0][1])


def test_origins_with_all_that_names_them(database: Database) -> None:
    """Attributes as JSON."""
    entity = Entity("h1:disk:a", "disk", "boot", 1000, {"device": 'a"é'})
    with database.transaction("inserting") as cursor:
        inserts.origins(cursor, [Origin(3, entity, "h1", INCARNATION, 0)])
        inserts.origins(cursor, [])
        found = cursor.execute("SELECT * FROM tide.origin").fetchall()
    assert found == [(3, "h1:disk:a", "disk", "boot", 1000, '{"device":"a\\"é"}', "h1", INCARNATION)]


def test_a_description_takes_the_place_of_another(database: Database) -> None:
    """By name; the rest stays."""
    old, other = Description("a", "gauge", "s", "old", "", 2), Description("b", "counter", "", "")
    new = Description("a", "gauge", "s", "new", "x/y")
    with database.transaction("inserting") as cursor:
        for some in ([old, other], [new], []):
            inserts.metrics(cursor, some)
        found = cursor.execute("SELECT * FROM tide.metric ORDER BY name").fetchall()
    assert [Description(*line) for line in found] == [new, other]
