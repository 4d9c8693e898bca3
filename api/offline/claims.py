"""Claims are what signed checkpoints say that a log's roots are, held against the roots that its events give."""

from collections.abc import Iterable

from ledger.proof.checkpoint import Checkpoint
from ledger.replay import Fault, LogBroken
from ledger.transparency import EMPTY_ROOT


class Claims:
    """
    Checkpoints of one log, at least one, in the order of their sizes.

    size: of the largest.
    """

    def __init__(self, checkpoints: Iterable[Checkpoint]) -> None:
        self._left = sorted(checkpoints, key=lambda each: each.size)
        self._proven = 0
        self.size = self._left[-1].size
        self.root = self._left[-1].root
        self.check(0, EMPTY_ROOT)

    @property
    def next_size(self) -> int:
        """Return the size at which the next root is due; beyond the largest where none is."""
        return self._left[0].size if self._left else self.size + 1

    def check(self, size: int, root: bytes) -> None:
        """
        Hold the root that the first `size` events give against what is claimed of that size, if anything is.

        Raises: LogBroken.
        """
        while self._left and self._left[0].size == size:
            if self._left.pop(0).root != root:
                since = f" after the first {self._proven}, which are" if self._proven else ""
                what = f"the events up to {size} aren't those that were signed: one of them was changed{since}"
                raise LogBroken(Fault(position=self._proven + 1, what=what))
        self._proven = size

    def check_ended(self, size: int) -> None:
        """
        Check that a log that ends at `size` leaves no claim open.

        Raises: LogBroken.
        """
        if size < self.size:
            raise LogBroken(Fault(position=size + 1, what=f"missing: {self.size} events were signed"))
