"""Drawing in a real browser, from synthetic views that a small server streams by the browser protocol."""
