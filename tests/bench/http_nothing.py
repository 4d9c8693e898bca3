"""A FastAPI endpoint that validates the body of an order and does nothing: what HTTP alone costs here."""

import sys
from datetime import date, datetime
from typing import Annotated, Literal

import uvicorn
from fastapi import FastAPI, Header
from pydantic import BaseModel, ConfigDict

WORKERS = 2


class Line(BaseModel):
    """One position of an order."""

    model_config = ConfigDict(extra="forbid")

    number: int
    sku: str
    quantity: int
    amount_minor: int


class PaymentStep(BaseModel):
    """One of the payments agreed for an order."""

    model_config = ConfigDict(extra="forbid")

    name: str
    amount_minor: int
    trigger: Literal["acceptance", "dispatch", "delivery"] = "acceptance"


class Order(BaseModel):
    """The body that places an order."""

    model_config = ConfigDict(extra="forbid")

    order: str
    buyer: str
    exporter: str
    currency: str
    lines: list[Line]
    steps: list[PaymentStep] = []
    transport_mode: Literal["express", "air", "land", "sea", "post"]
    ship_by: date
    rulebook: str = "standard/1"
    occurred_at: datetime | None = None


class OrderInList(BaseModel):
    """An order as one of a list."""

    model_config = ConfigDict(extra="forbid")

    command: Literal["place"]
    idempotency_key: str
    body: Order


class Listed(BaseModel):
    """The body that places many orders."""

    model_config = ConfigDict(extra="forbid")

    commands: list[OrderInList]


app = FastAPI()


@app.post("/v1/books/{book}/orders", status_code=201)
async def place_order(book: str, order: Order, idempotency_key: Annotated[str, Header()]) -> None:
    """Do nothing."""


@app.post("/v1/books/{book}/commands", status_code=201)
async def say_all(book: str, listed: Listed) -> None:
    """Do nothing."""


if __name__ == "__main__":
    uvicorn.run(
        "tests.bench.http_nothing:app",
        port=int(sys.argv[1]),
        workers=WORKERS,
        log_level="warning",
        access_log=False,
    )
