"""The Flask door: authenticate, decode, broadcast, group commit, answer.

Called by collectors (POST /api/v1/records) and by web nodes (WS /api/v1/stream). Touches
tidegauge only: the store through its interface, never a vendor's client.
"""
