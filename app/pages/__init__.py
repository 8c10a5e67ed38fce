"""The pages: each module loads a frozen info for its namesake in layouts/ and does nothing else.

A page is a function `load(node, **parts of the path) -> Component`; `app.pages_table` names them all.
"""
