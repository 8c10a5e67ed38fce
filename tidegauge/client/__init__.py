"""The notebook API: `tidegauge.connect(url)`, `connect_elasticsearch(url)`, `figure(df)`.

Analysts call it; it asks a web node over HTTP, or reads the indices, and gives frames of pandas. It needs the
extra `client` (numpy, pandas, plotly), and `elasticsearch` for the indices; `import tidegauge` alone loads none of it.
"""

from tidegauge.client.errors import TidegaugeError
from tidegauge.client.figures import figure
from tidegauge.client.open import connect, connect_elasticsearch

__all__ = ["TidegaugeError", "connect", "connect_elasticsearch", "figure"]
