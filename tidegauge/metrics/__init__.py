"""The meaning of the data: catalogue, records, wire v1, parts and their fold, the Query.

Pure: no I/O, no clock. Everything else of Tidegauge stands on this room and it stands on nothing.
`catalogue`, `records`, `wire`, `limits` and `incarnations` also run in the collector and import no numpy.
"""
