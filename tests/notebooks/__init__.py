"""The data that the notebooks tell of, and how they are executed."""
