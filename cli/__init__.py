"""The `tidegauge` command. The only room that may import every program."""
