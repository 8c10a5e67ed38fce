"""What two or more of Tidegauge's programs share, and the Python API for notebooks.

Imports go downward only: client → sessions → storage, cluster (strangers to each other) →
metrics → settings, log, clock. Nothing here imports a program or Dash.

    import tidegauge
    tg = tidegauge.connect("http://127.0.0.1:8050")
    df = tg.query("system.cpu.utilization", start="now-6h")
    tidegauge.figure(df)
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_CLIENT = ("TidegaugeError", "connect", "connect_elasticsearch", "figure")
"""What of the notebook API stands here; it is loaded, and with it pandas, when it is first used."""


def __getattr__(name: str) -> Any:
    if name in _CLIENT:
        return getattr(import_module("tidegauge.client"), name)
    raise AttributeError(f"module 'tidegauge' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_CLIENT])
