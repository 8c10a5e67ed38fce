"""The way of records to a server: live lane, resends, pace, what an answer means (rules 4 and 5).

The agent hands records to `sender`; what is left lies in the spool. No reader, no Flask here.
"""
