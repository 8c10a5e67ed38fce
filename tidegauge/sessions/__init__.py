"""Who may do what: the one table of routes, `authorize`, and (with accounts) sessions.

Pure of any web framework: programs call `access.authorize` from their own hook.
"""
