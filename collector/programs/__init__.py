"""Processes put together as programs, and what a line of /proc says of one.

The reader of processes and the runner call it.
"""
