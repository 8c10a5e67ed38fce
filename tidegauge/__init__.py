"""What two or more of Tidegauge's programs share, and the Python API for notebooks.

Imports go downward only: client → sessions → storage, cluster (strangers to each other) →
metrics → settings, log, clock. Nothing here imports a program or Dash.
"""

__version__ = "0.1.0"
