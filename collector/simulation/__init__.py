"""Hosts that are none: sources whose readings follow from a seed and the time.

`tidegauge demo`, tests and benchmarks call it. It reads no file.
"""
