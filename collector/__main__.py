"""`python -m collector` is `tidegauge-collector`."""

from collector.main import main

if __name__ == "__main__":
    main()
