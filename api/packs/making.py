"""Making a pack: what happened is read, cut to who reads it, told, proved, and written into one signed file."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar, NamedTuple

from msgspec import Struct

from api.composition import OpenedBook
from api.disputes import DisputeNotFound, dispute_sought
from api.orders import OrderNotFound
from api.packs.evidence_of_log import Vouched, proof_members, vouched
from api.packs.read_me import read_me
from api.packs.scope import Scope, scope_of
from api.packs.telling import Told, told
from api.packs.timeline_page import PageFacts, timeline_page
from api.packs.writing import MANIFEST, signed_manifest, zipped
from domain.envelope import Recorded
from domain.errors import NotFound
from domain.references import ReferenceMalformed, dispute_id, key_of, kind_of, order_id
from ledger.proof.policy import Policy
from ledger.reads import Reader, check_reader
from projections.partner_events import events_of_partner
from projections.timelines import timeline_of, timeline_of_dispute

VERIFIER = Path(__file__).with_name("verify_pack.py")


@dataclass(eq=False, kw_only=True)
class PartnerNotFound(NotFound):
    """No agreement was ever signed with a partner of this key."""

    code: ClassVar[str] = "partner.not_found"
    partner: str


class PackView(Struct, frozen=True, kw_only=True):
    """
    What is in a pack.

    checkpoint: how many events its checkpoint covers; witnessed: whether it meets the policy in force, null without
    one; cosigned_by: names of its witnesses that did; redacted: events that this reader may not see; open, erased,
    withheld: texts.
    """

    about: str
    role: str
    party: str
    origin: str
    key: str
    checkpoint: int
    witnessed: bool | None
    cosigned_by: tuple[str, ...]
    stamped_at: str
    events: int
    redacted: int
    open: int
    erased: int
    withheld: int
    documents: int
    sha256: str
    bytes: int


class Pack(NamedTuple):
    """A pack and what is in it."""

    content: bytes
    view: PackView


def make_pack(
    book: OpenedBook,
    about: str,
    reader: Reader,
    *,
    made_at: datetime,
    party: str = "",
    policy: Policy | None = None,
    in_clear: bool = True,
) -> Pack:
    """
    Return the evidence about an order (`PO-1`) or a dispute (`PO-1/1`), as far as a reader may see it.

    The reader is recorded as seeing every text and document in it; without `in_clear` it has none.

    party: for whom a side reads, where that isn't who asks.

    Raises, in this order: SubmissionMalformed, ReferenceMalformed, OrderNotFound or DisputeNotFound, PackForbidden,
    what `LogSigner.sign_head` does, PackTooLarge; LogCorrupt.
    """
    check_reader(reader)
    reference = _reference(about)
    events = _events(book, reference)
    scope = scope_of(reader, party, events)
    return _pack(book, reference, events, scope, reader, made_at=made_at, policy=policy, in_clear=in_clear)


def make_commission_pack(
    book: OpenedBook, partner: str, reader: Reader, *, made_at: datetime, policy: Policy | None = None
) -> Pack:
    """
    Return the evidence about what a partner earned: its agreements, all commissions under them, what it is paid.

    Raises, in this order: SubmissionMalformed, PartnerNotFound, what `LogSigner.sign_head` does, PackTooLarge;
    LogCorrupt.
    """
    check_reader(reader)
    with book.pool.connection() as connection:
        events = events_of_partner(connection, book.name, partner)
    if not events:
        raise PartnerNotFound(partner=partner)
    scope = Scope("partner", partner, None, frozenset(), frozenset())
    return _pack(book, events[0].originator_id, events, scope, reader, made_at=made_at, policy=policy)


def _pack(
    book: OpenedBook,
    reference: str,
    events: Sequence[Recorded],
    scope: Scope,
    reader: Reader,
    *,
    made_at: datetime,
    policy: Policy | None,
    in_clear: bool = True,
) -> Pack:
    shown = [each for each in events if scope.sees(each)]
    kept_back = [each for each in events if not scope.sees(each)]
    under = vouched(book, events[-1].position, policy)
    said = _said(book, reference, scope, under, made_at)
    telling = told(book, reader, shown, in_clear=in_clear)
    page = timeline_page(PageFacts(said, telling, [each.position for each in kept_back], under))
    members = dict(
        (
            ("README.txt", read_me(said, under).encode()),
            ("timeline.html", page.encode()),
            *telling.members(),
            *proof_members(book, under, shown, kept_back),
            *under.members(),
            (VERIFIER.name, VERIFIER.read_bytes()),
        )
    )
    manifest = signed_manifest(said, members, book.keyring.signer(said["origin"]))
    content = zipped({MANIFEST: manifest, **members})
    return Pack(content, _view(said, under, telling, len(kept_back), content))


def file_name(about: str) -> str:
    """Return what a pack's file may be called: `PO-1-1.zip` of `dispute:PO-1/1`."""
    return f"{key_of(about).replace('/', '-')}.zip"


def _reference(about: str) -> str:
    order, number = dispute_sought(about.removeprefix("order:"))
    if number is None and kind_of(about) == "dispute":
        raise ReferenceMalformed(field="dispute", value=about[:80])
    return order_id(order) if number is None else dispute_id(order, number)


def _events(book: OpenedBook, reference: str) -> Sequence[Recorded]:
    key = key_of(reference)
    with book.pool.connection() as connection:
        if kind_of(reference) == "dispute":
            found = timeline_of_dispute(connection, book.name, reference)
            if not found:
                raise DisputeNotFound(dispute=key)
        else:
            found = timeline_of(connection, book.name, key)
            if not found:
                raise OrderNotFound(order=key)
    return found


def _said(book: OpenedBook, reference: str, scope: Scope, under: Vouched, made_at: datetime) -> dict[str, str]:
    return {
        "about": reference,
        "book": book.name,
        "origin": under.kept.checkpoint.origin,
        "made_at": f"{made_at:%Y-%m-%dT%H:%M:%SZ}",
        "role": scope.role,
        "party": scope.party,
        "checkpoint": str(under.kept.checkpoint.size),
    }


def _view(said: dict[str, str], under: Vouched, telling: Told, redacted: int, content: bytes) -> PackView:
    states = [text.state for text in telling.texts]
    return PackView(
        about=said["about"],
        role=said["role"],
        party=said["party"],
        origin=said["origin"],
        key=under.kept.key,
        checkpoint=under.kept.checkpoint.size,
        witnessed=under.witnessed,
        cosigned_by=under.cosigned,
        stamped_at=under.token[2] if under.token else "",
        events=len(telling.steps),
        redacted=redacted,
        open=states.count("open"),
        erased=states.count("erased"),
        withheld=states.count("withheld"),
        documents=len(telling.contents),
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
    )
