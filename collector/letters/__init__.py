"""Dead letters: records that a server does not take, kept until a person decides.

The sender writes them, the command line lists, retries and drops them. Files below the state folder alone.
"""
