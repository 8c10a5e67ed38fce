"""A Query answered from a store: its plan, the tiles between, points and gaps; the same for pages and notebooks.

The web node and the notebook API call it. It asks a store's reading half and knows no HTTP, no stream, no clock.
"""
