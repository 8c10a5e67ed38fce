"""The embedded store: one folder, one process. DuckDB and Parquet hold samples and events, SQLite documents.

`open_store` and `open_documents` come here; nothing else imports this room, and DuckDB and SQLite
are imported in this room alone. The layout and why it is so: docs/decisions/embedded-store.md.

    folder      paths, the lock that keeps a second process out, sizes, free space
    database    the DuckDB file: its schema, cursors, errors as ours
    columns     names of metrics as names of columns; SQL literals
    tiers       kinds of tables: of raw rows, of minute rows
    minutes     minute rows as rows like others, and the SQL that reads them
    origins     who rows are from: the dictionary behind one small integer a row, and when they were seen
    sources     where rows lie: hot tables and sealed files, and the SQL that reads them
    catalog     what is in memory of all that is on disk, and how it is loaded
    batch       records as columns; which of their rows are new
    inserts     what one append inserts
    writer      append
    reader      parts and coverage
    events      events by their id
    sealer      hot rows into sealed files
    parquet     a sealed file: one day's rows of a kind
    retention   days are given up, those of raw rows before those of minute rows
    recovery    a new DuckDB file from sealed files
    store       the Store made of these
    documents   the Documents, in SQLite
"""
