"""Containers as the kernel shows them, and what happens to them.

The readers of containers and processes call it; engines, which know names, are `collector.engines`.
"""
