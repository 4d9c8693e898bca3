"""
Explained postings are postings with the event, the command and the person they are from, and how they came about.

Read from the log: the events themselves, and what stood before them of their trades; with no table.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from domain.accounts import control_of
from domain.aggregate import Aggregate
from domain.agreement import AgreementAmended, AgreementSigned
from domain.agreement_terms import AgreementTerms
from domain.catalogue import evolve
from domain.commission import CommissionAccrued
from domain.dispute_events import DisputeMoneySetAside, DisputeOpened
from domain.envelope import Recorded
from domain.explanation import Figure, FigureUnexplained, Origin, Said, Term
from domain.hold import Hold, HoldDisputed, HoldRecovered, HoldRefunded, HoldReleased
from domain.hold_workings import workings_of
from domain.journal import Posting
from domain.order import Order
from domain.posting_rules import post
from domain.references import agreement_id, hold_id, key_of, kind_of, order_id, refunds_id, releases_id
from domain.refund import RefundApproved, RefundProposed
from domain.release import ReleaseApproved, ReleaseProposed
from domain.rulebook import Rulebook
from domain.workings import Consent, SetAside, Stood, Working, shown, summed
from projections.log import recorded
from projections.projection import Connection
from projections.timelines import events_of

_SELECT = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND position = ANY(%b::int8[]) ORDER BY position
"""
_SELECT_TERMS = """
    SELECT position, originator_id, version, topic, state FROM ledger.events
    WHERE book = %s AND originator_id = ANY(%b::text[]) AND topic IN ('agreement.signed', 'agreement.amended')
    ORDER BY position
"""

TRADE_KINDS = frozenset({"hold", "guarantee"})
"""What the amounts of these rest on stands in their order's own history."""

A = TypeVar("A", bound=Aggregate)


class Sought(NamedTuple):
    """
    A posting to be explained: by its event's position and its account.

    amount_minor: as kept, debits above zero; sign: 1 where a debit is shown above zero, -1 where a credit is.
    """

    position: int
    account: str
    currency: str
    amount_minor: int
    sign: int


def sought_on(position: int, account: str, currency: str, amount_minor: int) -> Sought:
    """Return a posting that is shown on its account's normal side."""
    return Sought(position, account, currency, amount_minor, control_of(account).sign)


def explain_postings(
    connection: Connection, book: str, sought: Sequence[Sought], *, unfolded: bool = True
) -> list[Figure]:
    """
    Return postings as figures, each with its entry, event, command and arithmetic.

    unfolded: whether one of several parts shows them.

    Raises, in this order: LogCorrupt, FigureUnexplained.
    """
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_SELECT, (book, [each.position for each in sought])).fetchall()
    events = {row[0]: recorded(book, row) for row in rows}
    history = _History(connection, book, list(events.values()))
    return [_figure(each, events.get(each.position), history, unfolded=unfolded) for each in sought]


def _figure(sought: Sought, happened: Recorded | None, history: "_History", *, unfolded: bool) -> Figure:
    label = f"posting {sought.position} on {sought.account}"
    entry = post(happened.originator_id, happened.event, schema=happened.state.schema) if happened else None
    kept = Posting(sought.account, sought.currency, sought.amount_minor)
    if happened is None or entry is None or kept not in entry.postings:
        posted = sum(p.amount_minor for p in entry.postings if p.account == sought.account) if entry else 0
        raise FigureUnexplained(figure=label, amount_minor=sought.amount_minor, explained_minor=str(posted))
    found = workings_of(happened.originator_id, happened.event, entry, history.before(happened))
    mine = [each for each in found if each.account == sought.account and each.currency in {"", sought.currency}]
    on_it = (sought.account, sought.currency)
    if sum((posting.account, posting.currency) == on_it for posting in entry.postings) > 1:
        mine = [working for working in mine if (working.amount_minor > 0) == (sought.amount_minor > 0)]
    if not mine:
        raise FigureUnexplained(figure=label, amount_minor=sought.amount_minor, explained_minor="0")
    workings = [working.on(sought.account, sought.sign) for working in mine]
    whole = Figure(
        kind="posting",
        label=_label(happened),
        amount_minor=sought.sign * sought.amount_minor,
        currency=sought.currency,
        event=_origin(happened),
        command=_said(happened),
        entry=entry.postings,
        postings=1,
        children=tuple(_component(working, sought.currency) for working in workings),
    )
    if len(workings) == 1:
        (only,) = whole.children
        return replace(whole, how=f"{only.label}: {only.how}", terms=only.terms, rule=only.rule, children=())
    return replace(whole, how=summed(workings, sought.currency), children=whole.children if unfolded else ())


def _component(working: Working, currency: str) -> Figure:
    return Figure(
        kind="component",
        label=working.label,
        amount_minor=working.amount_minor,
        currency=currency,
        how=working.how or shown(working.amount_minor, currency),
        terms=tuple(Term(part.what, str(part.exact_minor)) for part in working.terms),
        rule=working.rule,
    )


def _label(happened: Recorded) -> str:
    named = getattr(happened.event, "release", None) or getattr(happened.event, "refund", None)
    return f"{happened.state.posting_date} {happened.topic} {named or happened.originator_id}"


def _origin(happened: Recorded) -> Origin:
    return Origin(
        happened.position,
        happened.topic,
        happened.originator_id,
        happened.state.posting_date,
        happened.state.occurred_at,
        happened.state.recorded_at,
    )


def _said(happened: Recorded) -> Said:
    state = happened.state
    return Said(state.command_id, state.principal, state.actor, state.role, state.policy)


class _History:
    """What stood before some events, read at once for all of them."""

    def __init__(self, connection: Connection, book: str, events: Sequence[Recorded]) -> None:
        orders = {key_of(each.originator_id) for each in events if kind_of(each.originator_id) in TRADE_KINDS}
        references = [of(order) for order in orders for of in (order_id, hold_id, releases_id, refunds_id)]
        up_to = max((each.position for each in events), default=0)
        self._streams: dict[str, list[Recorded]] = {}
        self._stood: dict[str, tuple[int, Aggregate | None]] = {}
        """By reference: how a thing stands after so many events; asked in log order, none is folded twice."""
        self._read(events_of(connection, book, references, up_to=up_to) if references else ())
        disputes = {each.event.dispute for each in events if isinstance(each.event, HoldDisputed)}
        self._read(events_of(connection, book, list(disputes), up_to=up_to) if disputes else ())
        placed = (self._before(Order, order_id(order), up_to + 1) for order in orders)
        rulebooks = {order.terms.rulebook for order in placed if order}
        self._read(events_of(connection, book, list(rulebooks)) if rulebooks else ())
        agreements = {
            agreement_id(each.event.agreement) for each in events if isinstance(each.event, CommissionAccrued)
        }
        if agreements:
            with connection.cursor(binary=True) as cursor:
                rows = cursor.execute(_SELECT_TERMS, (book, list(agreements))).fetchall()
            self._read(recorded(book, row) for row in rows)

    def before(self, happened: Recorded) -> Stood:
        """Return what stood before an event."""
        if isinstance(happened.event, CommissionAccrued):
            return Stood(terms=self._terms(happened.event))
        if kind_of(happened.originator_id) not in TRADE_KINDS:
            return Stood()
        key = key_of(happened.originator_id)
        order = self._before(Order, order_id(key), happened.position)
        rulebook = self._before(Rulebook, order.terms.rulebook, happened.position) if order else None
        return Stood(
            order=order,
            rules=rulebook.rules if rulebook else None,
            hold=self._before(Hold, hold_id(key), happened.position),
            consent=self._consent(happened),
            set_aside=self._set_aside(happened),
        )

    def _read(self, events: Iterable[Recorded]) -> None:
        for each in events:
            self._streams.setdefault(each.originator_id, []).append(each)

    def _before(self, kind: type[A], reference: str, position: int) -> A | None:
        stream = self._streams.get(reference, [])
        count, stood = self._stood.get(reference, (0, None))
        if count and stream[count - 1].position >= position:
            count, stood = 0, None
        while count < len(stream) and stream[count].position < position:
            happened = stream[count]
            stood = evolve(stood, happened.event, reference, happened.state.occurred_at)
            count += 1
        self._stood[reference] = count, stood
        return stood if isinstance(stood, kind) else None

    def _consent(self, happened: Recorded) -> Consent | None:
        match happened.event:
            case HoldReleased(release=reference) | HoldRecovered(refund=reference) | HoldRefunded(refund=reference):
                proposals, _, number = reference.rpartition("/")
            case _:
                return None
        said = [each.event for each in self._streams.get(proposals, ()) if each.position < happened.position]
        return _consent([event for event in said if getattr(event, "number", 0) == int(number)])

    def _set_aside(self, happened: Recorded) -> tuple[SetAside, ...]:
        if not isinstance(happened.event, HoldDisputed):
            return ()
        stream = self._streams.get(happened.event.dispute, ())
        said = [each.event for each in stream if each.position < happened.position]
        claims = {claim.number: claim for event in said if isinstance(event, DisputeOpened) for claim in event.claims}
        last = next((event for event in reversed(said) if isinstance(event, DisputeMoneySetAside)), None)
        return tuple(SetAside(claims[each.claim], each.amount_minor) for each in last.amounts) if last else ()

    def _terms(self, event: CommissionAccrued) -> AgreementTerms | None:
        for each in self._streams.get(agreement_id(event.agreement), ()):
            agreed = each.event
            if isinstance(agreed, AgreementSigned | AgreementAmended) and agreed.starts_on == event.terms_from:
                return agreed.terms
        return None


def _consent(said: Sequence[object]) -> Consent | None:
    proposed = next((event for event in said if isinstance(event, ReleaseProposed | RefundProposed)), None)
    approved = next((event for event in said if isinstance(event, ReleaseApproved | RefundApproved)), None)
    if proposed is None or approved is None:
        return None
    reason = proposed.reason if isinstance(proposed, RefundProposed) else ""
    return Consent(proposed.proposed_by, approved.approved_by, approved.by_rule, reason)
