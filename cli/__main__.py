"""`python -m cli`: the `tidegauge` command."""

from cli.main import main

main()
