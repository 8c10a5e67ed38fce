"""How nodes know each other's present: frames, hub, window, presence, mesh, directory.

Nothing here touches a store. An ingest node publishes frames into its hub; web nodes read hubs,
their own process's or another node's, through the same bytes.
"""
