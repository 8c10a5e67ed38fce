"""Where samples, events and small records are kept. `open_store(url)` is the only chooser.

The interface is `tidegauge.storage.base`; embedded/ (DuckDB, SQLite) and elastic/ (Elasticsearch)
pass one contract suite. Importing this package loads neither vendor's library.
"""
