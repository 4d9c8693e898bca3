"""Routes that hand out evidence packs: an order's and a dispute's, as far as the reader may see them."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.composition import OpenedBook
from api.http.answers import answers_bytes
from api.http.desk import AtBook, ByCaller, ByReader, Desk, InDesk, Key, KeySought
from api.packs.making import file_name, make_pack
from api.routes.disputes import Number
from ledger.reads import Reader

ZIP = "application/zip"

InClear = Annotated[bool, Query(description="With texts and documents, or only what stands for them.")]

router = APIRouter(tags=["evidence"])


@router.get(
    "/orders/{order}/evidence-pack", name="order-evidence-pack", response_class=Response, responses=answers_bytes(ZIP)
)
def of_order(
    book: AtBook,
    desk: InDesk,
    caller: ByCaller,
    order: Key,
    reader: ByReader,
    party: KeySought = None,
    in_clear: InClear = True,
) -> Response:
    """Return all that proves a trade, as a zip; texts and documents in it are recorded as seen."""
    return _packed(book, desk, order, reader, party=caller.party or party, in_clear=in_clear)


@router.get(
    "/orders/{order}/disputes/{dispute}/evidence-pack",
    name="dispute-evidence-pack",
    response_class=Response,
    responses=answers_bytes(ZIP),
)
def of_dispute(
    book: AtBook,
    desk: InDesk,
    caller: ByCaller,
    order: Key,
    dispute: Number,
    reader: ByReader,
    party: KeySought = None,
    in_clear: InClear = True,
) -> Response:
    """Return all that proves a dispute, as a zip; texts and documents in it are recorded as seen."""
    return _packed(book, desk, f"{order}/{dispute}", reader, party=caller.party or party, in_clear=in_clear)


def _packed(book: OpenedBook, desk: Desk, about: str, reader: Reader, *, party: str | None, in_clear: bool) -> Response:
    now = book.world.clock()
    made = make_pack(book, about, reader, made_at=now, party=party or "", policy=desk.witness_policy, in_clear=in_clear)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(made.view.about)}"',
        "Cache-Control": "no-store",
    }
    return Response(made.content, headers=headers, media_type=ZIP)
