"""The Dash web node: pages (load and wire), browser stream, JSON API.

A page's module loads a frozen info and hands it to its namesake in layouts/. Live points go over
WS /live, never through callbacks. Reaches stores by their interface, ingest nodes by a link.
"""
