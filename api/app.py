"""The HTTP application: commands in, balances and histories out, under /v1/books/{book}."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, ClassVar, cast

from fastapi import APIRouter, FastAPI, Request
from starlette.types import ASGIApp

from api.composition import World, connected, numbered_ids, settle_turns, utc_now
from api.description.document import described
from api.http.compressing import Compressing
from api.http.conditional import Conditional
from api.http.desk import Desk
from api.http.errors import answer_errors_of
from api.http.routing import ErrorHandler, Shortcut, StraightLane, StraightRoute, add_all, index_routes
from api.identity.door import Admitted, admit
from api.identity.issuers import tokens_of
from api.leaving import Leaving
from api.limits.around import limited
from api.limits.bounds import Bounds, Exposure
from api.limits.rates import Rates
from api.observing.access import Observing
from api.observing.logs import configure_logs
from api.observing.metrics import STREAMS_OPEN, count_batch
from api.observing.traces import UNTRACED, Traces, traces_of
from api.routes import (
    audit,
    bulk,
    commands,
    commission_statements,
    counterfactuals,
    dispute_parts,
    disputes,
    explanations,
    fx,
    holds,
    log,
    money,
    packs,
    parties,
    payouts,
    periods,
    plain_balance,
    previews,
    probes,
    reads,
    realisation,
    reconciliation,
    rulebooks,
    settlements,
    statements,
    streams,
    tax,
    trade_parts,
    treasury,
    webhooks,
    work_lists,
)
from api.routes import described as described_page
from api.server import leave_with_parent
from api.settings import Settings
from api.streams.listeners import listeners_of
from api.webhooks.worker import outlet_of

COMPRESSED_FROM_BYTES = 1_024
COMPRESSION = 5
"""Of nine: what more would save isn't worth the time."""

BOOK = "/v1/books/{book}"


class LedgerApi(FastAPI):
    """The application; every request is observed, also those that fail in a way that nobody foresaw."""

    def __init__(
        self,
        *,
        traces: Traces = UNTRACED,
        bounds: Bounds | None = None,
        exposure: Exposure | None = None,
        **described: Any,
    ) -> None:
        super().__init__(telemetry=traces.of_requests(), **described)
        self._traces = traces
        self._bounds = bounds
        self._exposure = exposure

    def build_middleware_stack(self) -> ASGIApp:
        """Return the layers, the one that observes outside of all others."""
        answering = super().build_middleware_stack()
        if not self._traces.are_on:  # the framework's own way has the spans
            handlers = cast("Mapping[Any, ErrorHandler]", self.exception_handlers)
            answering = StraightLane(self.router.routes, handlers, answering)
        answering = Compressing(answering, minimum_size=COMPRESSED_FROM_BYTES, compresslevel=COMPRESSION)
        within = limited(Conditional(answering), bounds=self._bounds, exposure=self._exposure)
        return Observing(within, new_id=numbered_ids(), traced=self._traces.are_on)


def create_app() -> FastAPI:
    """
    Return the application on the database that the environment names, already migrated: for a server's worker
    process.
    """
    settings = Settings.from_environment()
    configure_logs(level=settings.log_level, log_format=settings.log_format)
    traces = traces_of(asked=settings.traces, process="api")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        settle_turns()
        leave_with_parent()
        app.state.leaving.begin_at_signal()
        url = settings.database_url or ""
        world = World(watch=traces.watching(count_batch))
        with connected(url, through_pgbouncer=settings.through_pgbouncer, keys=settings.keys, world=world) as house:
            app.state.desk = Desk(
                house,
                tokens=tokens_of(settings, clock=utc_now),
                witness_policy=settings.witness_policy,
                traces=traces,
                rates=Rates(settings.bounds),
                listeners=listeners_of(house, settings, STREAMS_OPEN.inc),
                outlet=outlet_of(house, settings),
            )
            yield
        traces.close()

    return app_of(lifespan, traces=traces, bounds=settings.bounds, exposure=settings.exposure)


def app_of(
    lifespan: Callable[[FastAPI], Any] | None = None,
    *,
    traces: Traces = UNTRACED,
    bounds: Bounds | None = None,
    exposure: Exposure | None = None,
) -> FastAPI:
    """Return the application; `state.desk` is set by the lifespan or by whoever asks for none."""
    app = LedgerApi(
        title="Trade-assurance ledger",
        version="1",
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
        docs_url=None,
        redoc_url=None,
        traces=traces,
        bounds=bounds,
        exposure=exposure,
    )
    app.state.leaving = Leaving()
    answer_errors_of(app)
    add_all(app, (probes.router, described_page.router), prefix="", dependencies=())
    add_all(app, _books(), prefix=BOOK, dependencies=[Admitted], route_class=BehindDoor)
    if not traces.are_on:  # the framework's own way names the operation in its spans
        index_routes(app.router)
    app.openapi = described(app)  # type: ignore[method-assign]  # the framework's way of saying it
    return app


class BehindDoor(StraightRoute):
    """An operation on a book. Nobody comes to one but through the door."""

    shortcuts: ClassVar[Mapping[str, Shortcut]] = {
        "balances": Shortcut(plain_balance.is_plain, plain_balance.find_plain_balance)
    }

    @staticmethod
    async def admit(request: Request) -> None:
        """Let a request in. Raises: as the door."""
        await admit(request)


def _books() -> Sequence[APIRouter]:
    """Return every operation on a book."""
    return (
        commands.routes(),
        bulk.router,
        streams.router,
        webhooks.router,
        reads.router,
        holds.router,
        trade_parts.router,
        dispute_parts.router,
        statements.router,
        explanations.router,
        audit.router,
        log.router,
        work_lists.router,
        rulebooks.router,
        counterfactuals.router,
        parties.router,
        money.router,
        commission_statements.router,
        payouts.router,
        realisation.router,
        reconciliation.router,
        settlements.router,
        fx.router,
        tax.router,
        treasury.router,
        disputes.router,
        periods.router,
        packs.router,
        previews.router,
    )
