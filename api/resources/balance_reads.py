"""
Balance reads are answered together: whoever asks for an account's balance while a query runs shares the next one.

So a balance costs the database, and the process, a fraction of a query; and none is older than its request.
"""

import asyncio

from starlette.concurrency import run_in_threadpool

from api.composition import OpenedBook
from projections.balances import PresentBalances, present_balances


class BalanceReader:
    """Reads present balances of one book for the requests of one event loop, one query at a time for all who wait."""

    def __init__(self, book: OpenedBook) -> None:
        self._book = book
        self._waiting: list[tuple[str, asyncio.Future[PresentBalances | None]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def read(self, account: str) -> PresentBalances | None:
        """Return balances, those of an account among them; nothing while they are built anew."""
        future: asyncio.Future[PresentBalances | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((account, future))
        if self._reading is None:
            self._reading = asyncio.create_task(self._read_all())
        return await future

    async def _read_all(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting, []
                await self._answer(together)
        finally:
            self._reading = None

    async def _answer(self, together: list[tuple[str, "asyncio.Future[PresentBalances | None]"]]) -> None:
        try:
            found = await run_in_threadpool(self._query, list({account for account, _ in together}))
        except Exception as error:  # noqa: BLE001 - each who waits is told
            for _, future in together:
                if not future.done():
                    future.set_exception(error)
            return
        for _, future in together:
            if not future.done():
                future.set_result(found)

    def _query(self, accounts: list[str]) -> PresentBalances | None:
        with self._book.pool.connection() as connection:
            return present_balances(connection, self._book.name, accounts)
