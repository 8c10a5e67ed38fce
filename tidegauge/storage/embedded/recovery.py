"""A new DuckDB file from sealed files: each says by itself whose its rows are.

Where the file was moved away because it was damaged, sealed days come back. Rows that were not sealed,
events and descriptions of metrics do not; collectors describe their metrics again when they start.
"""

from __future__ import annotations

import logging
from pathlib import Path

from tidegauge.storage.base import StoreError
from tidegauge.storage.embedded.columns import ORIGIN, TIME, count_values, text
from tidegauge.storage.embedded.database import Database
from tidegauge.storage.embedded.folder import Folder, set_aside

log = logging.getLogger(__name__)

SEEN = f"""
CREATE OR REPLACE TEMP TABLE seen AS
SELECT {ORIGIN} AS id, _entity AS entity, _kind AS kind, _start AS start, _period_ms AS period_ms,
    _attributes AS attributes, _host AS host, _incarnation AS incarnation,
    min({TIME}) AS first_ms, max({TIME}) AS last_ms
FROM read_parquet({{path}}) GROUP BY ALL"""
ORIGINS = """
INSERT INTO tide.origin SELECT id, entity, kind, start, period_ms, attributes, host, incarnation FROM seen
WHERE id NOT IN (SELECT id FROM tide.origin)"""


def recover(database: Database, folder: Folder) -> None:
    """Take in all sealed files of a folder; those that cannot be read are set aside."""
    for path in sorted(folder.sealed_files()):
        try:
            _take_in(database, folder, path)
        except StoreError as error:
            log.error("sealed_file_damaged file=%s error=%s", path, error)
            set_aside(path)
        else:
            log.warning("sealed_file_recovered file=%s", path)


def _take_in(database: Database, folder: Folder, path: Path) -> None:
    source = f"read_parquet({text(str(path))})"
    with database.transaction(f"reading {path.name}") as cursor:
        described = cursor.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        columns = {row[0]: row[1] for row in described if not row[0].startswith("_")}
        cursor.execute(SEEN.format(path=text(str(path))))
        cursor.execute(ORIGINS)
        cursor.execute("INSERT INTO tide.span SELECT id, first_ms, last_ms FROM seen")
        found = f"any_value(_kind), min({TIME}), max({TIME}), ?, {count_values(columns)}"
        cursor.execute(
            f"INSERT INTO tide.sealed SELECT ?, {found}, MAP(?::VARCHAR[], ?::VARCHAR[]) FROM {source}",
            [str(path.relative_to(folder.path)), path.stat().st_size, list(columns), list(columns.values())],
        )
