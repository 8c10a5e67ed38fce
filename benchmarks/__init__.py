"""`make bench`: every figure with its bound and a ratio to something measured in the same run."""
