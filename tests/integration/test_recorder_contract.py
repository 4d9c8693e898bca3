"""
The eventsourcing library's own contract tests, as they ship in its wheel, against our recorder.

One that doesn't apply is named here with its reason. Names are written in capitals where the library's are.
"""

import importlib
import sys
from itertools import count
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from eventsourcing.persistence import Cipher
from psycopg_pool import ConnectionPool

from ledger.pool import Connection
from ledger.store import BookRecorder

if TYPE_CHECKING:
    from eventsourcing.tests import persistence as contract
else:

    def import_contract() -> ModuleType:
        """Import the contract without pycryptodome, which the library's cipher needs and nothing of ours does."""
        stand_in = ModuleType("eventsourcing.cipher")
        stand_in.AESCipher = Cipher
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, stand_in.__name__, stand_in)
            return importlib.import_module("eventsourcing.tests.persistence")

    contract = import_contract()


class OnBookRecorder:
    """Gives a contract test the recorder of an empty book, on a pool of the test's own database."""

    _pool: ConnectionPool[Connection]
    _numbers: "count[int]"

    @pytest.fixture(autouse=True)
    def _given(self, pool: ConnectionPool[Connection]) -> None:
        self._pool = pool
        self._numbers = count(1)

    def create_recorder(self) -> BookRecorder:
        return BookRecorder(self._pool, "main")

    def new_originator_id(self) -> str:
        """Our references are text; the library's UUIDs would come back as such."""
        return f"order:PO-{next(self._numbers)}"


class TestBookRecorder(OnBookRecorder, contract.ApplicationRecorderTestCase[BookRecorder]):
    """test_insert_select, test_performance, test_concurrent_no_conflicts and test_concurrent_throughput: all apply."""

    EXPECT_CONTIGUOUS_NOTIFICATION_IDS = True

    def test_insert_subscribe(self) -> None:
        pytest.skip("optional in the library; we refuse subscriptions: readers follow dense positions (test_store.py)")


class TestNonInterleaving(OnBookRecorder, contract.NonInterleavingNotificationIDsBaseCase):
    """Two writers at once: each one's events stand together."""

    insert_num = 200


INAPPLICABLE = {
    "AggregateRecorderTestCase": "inserts versions without positions; BookRecorder is an ApplicationRecorder",
    "ProcessRecorderTestCase": "tracking is the projection runner's, in its own tables (projections/runner.py)",
    "TrackingRecorderTestCase": "tracking is the projection runner's, in its own tables (projections/runner.py)",
    "InfrastructureFactoryTestCase": "no factory makes our recorder: the pool and the book are given to it",
    "TranscoderTestCase": "no transcoder: what is stored is what is hashed, encoded by msgspec (domain/envelope.py)",
    "RecorderTestCase": "the base of the others",
}


def test_every_contract_of_the_library_is_run_or_named_with_its_reason() -> None:
    shipped = {
        name
        for name, kind in vars(contract).items()
        if isinstance(kind, type) and kind.__module__ == contract.__name__ and name.endswith("Case")
    }
    assert shipped == {"ApplicationRecorderTestCase", "NonInterleavingNotificationIDsBaseCase", *INAPPLICABLE}
