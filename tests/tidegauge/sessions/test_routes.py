"""The one table of routes."""

from tidegauge.sessions import routes


def test_each_rule_stands_once() -> None:
    """No rule has two rows."""
    rules = [route.rule for route in routes.ROUTES]
    assert sorted(set(rules)) == sorted(rules)


def test_a_rule_is_found_as_the_url_map_spells_it() -> None:
    """`find` gives the row, or None for what is not there."""
    route = routes.find("/api/v1/records")
    assert route is not None
    assert (route.methods, route.role) == (("POST",), "collector")
    assert routes.find("/secret") is None
