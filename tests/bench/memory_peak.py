"""Memory of a process that plays and folds the long log, beside the limit that any import must keep."""

from tests.bench.ground import Ground
from tests.bench.long_log import long_log
from tests.bench.measurement import Measurement, compared

LIMIT_MIB = 500


def memory_peak(ground: Ground) -> Measurement:
    """Measure the largest resident set."""
    peak_mib = long_log(ground).memory_peak_mib
    return compared("memory_peak", peak_mib, unit="MiB", baseline="limit", baseline_value=LIMIT_MIB)
