"""Who may do what: the one table of routes, `authorize`, and (with accounts) sessions.

`routes` and `access` are pure; `errors` is the one shape in which every program says no over HTTP.
"""
