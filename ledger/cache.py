"""
The cache keeps aggregates as of the log position up to which it has seen every event: bounded, least recently used
out.
"""

from collections import OrderedDict
from collections.abc import Mapping

from domain.unit_of_work import Loaded


class AggregateCache:
    """
    Aggregates by reference, all as of `position`.

    Aggregates are immutable, so handing one out needs no copy. Only the writer's thread touches the cache.
    """

    def __init__(self, aggregates_max: int) -> None:
        self.position = 0
        self._aggregates_max = aggregates_max
        self._loaded: OrderedDict[str, Loaded] = OrderedDict()

    def __contains__(self, reference: str) -> bool:
        return reference in self._loaded

    def __len__(self) -> int:
        return len(self._loaded)

    def find(self, reference: str) -> Loaded | None:
        """Return an aggregate that is here, and count it as used."""
        loaded = self._loaded.get(reference)
        if loaded is not None:
            self._loaded.move_to_end(reference)
        return loaded

    def put(self, reference: str, loaded: Loaded) -> None:
        """Keep an aggregate as of the present position."""
        self._loaded[reference] = loaded
        self._loaded.move_to_end(reference)
        if len(self._loaded) > self._aggregates_max:
            self._loaded.popitem(last=False)

    def advance(self, changed: Mapping[str, Loaded], position: int) -> None:
        """Take over what a committed batch changed; the cache is now as of its last position."""
        self.position = position
        for reference, loaded in changed.items():
            self.put(reference, loaded)

    def forget_all(self, position: int) -> None:
        """Start again, empty, as of a position."""
        self._loaded.clear()
        self.position = position
