"""Watchlist: a sanctions list has one present version, under which parties are screened."""

import pytest

from domain.commands import RecordWatchlist, ScreenParty
from domain.unit_of_work import AggregateNotFound
from domain.watchlist import ScreeningOutdated, Watchlist, WatchlistChanged, WatchlistVersionKnown
from tests.given import EXPORTER, OPERATOR, WATCHLIST, Happened, given, on, registered, screened

HASH, OTHER = "a1" * 32, "b2" * 32


def version(name: str = "v1", sha256: str = HASH) -> WatchlistChanged:
    return WatchlistChanged(version=name, sha256=sha256, recorded_by=OPERATOR)


def record(name: str = "v1", sha256: str = HASH, *, of: str = "UNSC") -> RecordWatchlist:
    return RecordWatchlist(list_name=of, version=name, sha256=sha256)


def screen(name: str = "v1", sha256: str = HASH, *, of: str = "UNSC") -> ScreenParty:
    return ScreenParty(party="EXP-1", list_name=of, list_version=name, list_hash=sha256, result="clear")


def known(*versions: WatchlistChanged) -> tuple[tuple[Happened, ...], ...]:
    return on(WATCHLIST, *(versions or (version(),))), on(EXPORTER, registered())


class TestVersions:
    def test_the_first_version_makes_a_list_known(self) -> None:
        given().when(record()).then(on(WATCHLIST, version())).leaves(WATCHLIST, version="v1", sha256=HASH)

    def test_a_new_version_takes_the_place_of_the_one_before(self) -> None:
        given(on(WATCHLIST, version())).when(record("v2", OTHER)).leaves(WATCHLIST, version="v2", sha256=OTHER)

    def test_two_versions_may_have_one_content(self) -> None:
        given(on(WATCHLIST, version())).when(record("v2")).then(on(WATCHLIST, version("v2")))

    @pytest.mark.parametrize("sha256", [HASH, OTHER])
    def test_a_version_is_recorded_once(self, sha256: str) -> None:
        given(on(WATCHLIST, version())).when(record(sha256=sha256)).refused(
            WatchlistVersionKnown, list_name="UNSC", version="v1", sha256=HASH
        )


class TestScreenings:
    def test_a_screening_names_the_present_version_and_its_hash(self) -> None:
        given(*known()).when(screen()).then(on(EXPORTER, screened()))

    @pytest.mark.parametrize("command", [screen("v0"), screen(sha256=OTHER), screen("v0", OTHER)])
    def test_a_screening_under_another_version_or_content_is_refused(self, command: ScreenParty) -> None:
        given(*known()).when(command).refused(
            ScreeningOutdated,
            list_name="UNSC",
            list_version=command.list_version,
            list_hash=command.list_hash,
            current_version="v1",
            current_hash=HASH,
        )

    def test_a_screening_against_an_unknown_list_is_refused(self) -> None:
        given(*known()).when(screen(of="OFAC")).refused(AggregateNotFound, kind="watchlist", key="OFAC")

    def test_the_version_before_is_outdated_once_the_list_has_changed(self) -> None:
        given(*known(version(), version("v2", OTHER))).when(screen()).refused(ScreeningOutdated, current_version="v2")

    def test_a_list_stands_as_its_last_version(self) -> None:
        world = given(*known(version(), version("v2", OTHER))).world
        assert world.load(WATCHLIST).aggregate == Watchlist(reference=WATCHLIST, version="v2", sha256=OTHER)
