"""The spool on disk: what was measured outlives the process, the power and, but for what is damaged, the disk.

`collector.main` makes one; agent and sender know it as `collector.spool.Spool`. It touches its own
folder alone. Why it is made like this: docs/decisions/0009-spool.md.

    record      one record in a file: encode, check, find the next one behind damage; pure
    segment     one file of records: the index of it that stays in memory
    reader      records as items again
    writer      the file that is written now
    syncing     a sync that nobody has to wait for
    index       all segments, and where a record is
    cursor      what of the files is settled, in slots that are written in place
    losses      records that are missing between others, as spans that can be claimed; pure
    folder      files by their numbers, free space, quarantine
    opening     what a start finds in the folder
    trouble     what fails now, and since when; how a spool does
    disk_spool  the spool made of these
"""
