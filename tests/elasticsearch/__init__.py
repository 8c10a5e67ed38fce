"""A real Elasticsearch for tests and trial, never a mock: where one comes from, and how it is run."""
