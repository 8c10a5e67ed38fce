"""The agent of a host: reads it once a period, keeps what it read until a server took it, sends it.

Readers → runner → agent (schedule, builder) → spool → sender. `main` is its command line; `cli demo`
runs agents over a simulated source. The queue is `disk`, the way to a server `sending`, what no server takes
`letters`; `readers` read with `containers`, `engines` and `programs`.
Of Tidegauge it imports metrics, settings, clock and log only.
"""
