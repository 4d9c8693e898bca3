"""A watchlist is a sanctions list that parties are screened against, as its publisher last changed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.aggregate import Aggregate, Event
from domain.commitment import check_commitment
from domain.errors import Refused
from domain.references import key, key_of


class WatchlistChanged(Event, frozen=True, kw_only=True):
    """A sanctions list came in a new version; whoever was screened under an older one is to be screened again."""

    version: str
    sha256: str
    """Of the list as it was published, so that anybody can show which names a screening looked for."""
    recorded_by: str


@dataclass(eq=False, kw_only=True)
class WatchlistVersionKnown(Refused):
    """A version of a list is recorded once, and its content never changes."""

    code: ClassVar[str] = "watchlist.version_known"
    list_name: str
    version: str
    sha256: str


@dataclass(eq=False, kw_only=True)
class ScreeningOutdated(Refused):
    """A screening is against the list's present version, with its hash."""

    code: ClassVar[str] = "watchlist.screening_outdated"
    list_name: str
    list_version: str
    list_hash: str
    current_version: str
    current_hash: str


class Watchlist(Aggregate, frozen=True, kw_only=True):
    """One list in its present version."""

    version: str
    sha256: str

    def check_current(self, *, version: str, sha256: str) -> None:
        """
        Check that a screening was against the list as it stands.

        Raises: ScreeningOutdated.
        Source: shared reference, section 3.5.
        """
        if (version, sha256) != (self.version, self.sha256):
            raise ScreeningOutdated(
                list_name=key_of(self.reference),
                list_version=version,
                list_hash=sha256,
                current_version=self.version,
                current_hash=self.sha256,
            )


def change(existing: Watchlist | None, *, version: str, sha256: str, actor: str) -> WatchlistChanged:
    """
    Record a list's new version, or its first.

    Raises, in this order: ReferenceMalformed (version), CommitmentMalformed, WatchlistVersionKnown.
    """
    key(version, field="version")
    check_commitment(sha256, "sha256")
    if existing and existing.version == version:
        raise WatchlistVersionKnown(list_name=key_of(existing.reference), version=version, sha256=existing.sha256)
    return WatchlistChanged(version=version, sha256=sha256, recorded_by=actor)


def evolve(_watchlist: Watchlist | None, event: WatchlistChanged, reference: str, _at: datetime) -> Watchlist:
    """Apply an event of a watchlist; the first one makes it known."""
    return Watchlist(reference=reference, version=event.version, sha256=event.sha256)
