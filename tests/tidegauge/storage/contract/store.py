"""What every Store must do; a backend's test class inherits it and gives URLs.

No backend is named in this folder and none is told from another.
"""

from __future__ import annotations

from tests.tidegauge.storage.contract.histories import Histories
from tests.tidegauge.storage.contract.killing import Killing
from tests.tidegauge.storage.contract.life import Life
from tests.tidegauge.storage.contract.listing import Listing
from tests.tidegauge.storage.contract.minutes import Minutes
from tests.tidegauge.storage.contract.once import ExactlyOnce
from tests.tidegauge.storage.contract.reading import Reading


class StoreContract(ExactlyOnce, Reading, Minutes, Listing, Life, Histories, Killing):
    """The promises of `Store`, each a test."""
