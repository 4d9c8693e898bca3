"""What the naive model knows: plain numbers, names and instants of orders, disputes, parties and agreements."""

from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import NamedTuple

from domain.errors import LedgerError, Refused
from domain.money import Money


class No(Exception):  # noqa: N818 - `raise No` is what it says
    """The model refuses, in a category of refusals; in none where it isn't sure of it."""

    def __init__(self, category: type[LedgerError] | None) -> None:
        super().__init__(category)
        self.category = category


class Who(NamedTuple):
    """Who says a command, in which role, and when."""

    actor: str
    role: str
    at: datetime

    @property
    def person(self) -> str:
        """Return the key of who acts."""
        return self.actor.split(":")[-1]


@dataclass
class Waiting:
    """A release or refund that waits for a second person."""

    amount: int
    recovery: int
    proposer: str
    moved: tuple[int, int] = (0, 0)
    """Released and recovered at the time of the proposal."""


@dataclass
class ModelClock:
    """A deadline; `about` is a dispute's number, 0 for the order."""

    due: datetime
    decides: bool
    about: int
    paused: datetime | None = None


@dataclass
class ModelClaim:
    """One claim; the remedy is a kind and an amount."""

    amount: int
    status: str = "open"
    aside: int = 0
    charged: int = 0
    waiting: int = 0
    """Awarded, to be paid out of frozen money."""
    remedy: tuple[str, int] | None = None
    ruled_by: set[str] = field(default_factory=set)
    answered: bool = False
    decision: int = 0
    seen: int = 0
    """How much evidence there was when it was decided."""
    waived: set[str] = field(default_factory=set)
    appealed: bool = False


@dataclass
class ModelEvidence:
    """A piece of evidence."""

    claim: int
    side: str
    request: int
    late: bool


@dataclass
class ModelRequest:
    """What a mediator asked for."""

    claim: int
    side: str
    over: bool = False


@dataclass
class ModelOffer:
    """An offer on the table."""

    claim: int
    side: str
    remedy: tuple[str, int]


@dataclass
class ModelDecision:
    """A decision that waits for a second mediator."""

    number: int
    mediator: str
    rulings: dict[int, tuple[str, int]]
    appeal: bool
    seen: int


@dataclass
class ModelDispute:
    """One dispute; claims, evidence and requests count from 1."""

    number: int
    opened_at: datetime
    claims: list[ModelClaim]
    status: str = "negotiating"
    evidence: list[ModelEvidence] = field(default_factory=list)
    requests: list[ModelRequest] = field(default_factory=list)
    offers: dict[int, ModelOffer] = field(default_factory=dict)
    offers_made: int = 0
    messages: int = 0
    mediator: str = ""
    declared: bool = False
    recused: set[str] = field(default_factory=set)
    decisions: int = 0
    pending: ModelDecision | None = None
    travelling: set[int] = field(default_factory=set)
    paid: int = 0

    @property
    def waiting(self) -> int:
        """Return what was awarded and is to be paid out of frozen money."""
        return sum(claim.waiting for claim in self.claims)

    @property
    def open_claims(self) -> list[ModelClaim]:
        """Return the claims that haven't come to their end."""
        return [claim for claim in self.claims if claim.status != "settled"]

    @property
    def lacking(self) -> int:
        """Return what open claims would still have set aside."""
        return sum(max(0, claim.amount - claim.charged - claim.aside) for claim in self.open_claims)

    def claim(self, number: int) -> ModelClaim:
        """Return a claim."""
        return self.claims[number - 1]


@dataclass
class ModelAmendment:
    """A change that waits for the other side: what lines, steps and dates would become."""

    number: int
    side: str
    lines: dict[int, tuple[int, int]]
    steps: list[int]
    ship_by: date | None
    deliver_by: date | None


@dataclass
class ModelCommission:
    """What one order brings a partner, under a version of an agreement."""

    agreement: str
    terms: int
    released: int = 0
    recovered: int = 0
    basis: int = 0
    basis_back: int = 0
    target: int = 0
    accrued: int = 0
    clawed: int = 0
    earned: int = 0
    years: dict[int, list[int]] = field(default_factory=dict)
    """Basis and commission of each year."""

    @property
    def unearned(self) -> int:
        """Return what has accrued and is neither earned nor taken back."""
        return self.accrued - self.clawed - self.earned


@dataclass
class ModelGuarantee:
    """What the operator put in for one order; write-offs wait for a second person."""

    advanced: int = 0
    repaid: int = 0
    lost: int = 0
    proposed: int = 0
    waiting: dict[int, Waiting] = field(default_factory=dict)

    @property
    def left(self) -> int:
        """Return what may still be taken back or given up."""
        waiting = sum(one.amount for one in self.waiting.values())
        return self.advanced - self.repaid - self.lost - waiting


@dataclass
class ModelOrder:
    """One order and its money."""

    buyer: str
    exporter: str
    lines: list[tuple[int, int]]
    """Quantity and amount of each."""
    steps: list[tuple[int, str]]
    """Amount and trigger of each."""
    left: list[int]
    mode: str
    ship_by: date
    deliver_by: date | None
    placed_at: datetime
    status: str = "placed"
    dispatches: int = 0
    delivered: set[int] = field(default_factory=set)
    inspected_from: datetime | None = None
    """The last dispatch, or the amendment after it that left nothing to dispatch."""
    received_at: datetime | None = None
    lapsed: bool = False
    amendments: int = 0
    amendment: ModelAmendment | None = None
    extended: dict[str, int] = field(default_factory=dict)
    days_late: int = 0
    claims_ended: bool = False
    hold: str = "none"
    paid: list[int] = field(default_factory=list)
    """By step."""
    received: int = 0
    held: int = 0
    disputed: int = 0
    frozen: int = 0
    conceded: int = 0
    released: int = 0
    recovered: int = 0
    refunded: int = 0
    charged_back: int = 0
    charged_to_exporter: int = 0
    charged_to_buyer: int = 0
    releases: dict[int, Waiting] = field(default_factory=dict)
    refunds: dict[int, Waiting] = field(default_factory=dict)
    proposed_releases: int = 0
    proposed_refunds: int = 0
    clocks: dict[str, ModelClock] = field(default_factory=dict)
    disputes: list[ModelDispute] = field(default_factory=list)
    commission: ModelCommission | None = None
    guarantee: ModelGuarantee | None = None

    @property
    def total(self) -> int:
        """Return what all lines cost."""
        return sum(amount for _, amount in self.lines)

    @property
    def dispute(self) -> ModelDispute | None:
        """Return the dispute that is open."""
        last = self.disputes[-1] if self.disputes else None
        return last if last and last.status != "settled" else None

    @property
    def waiting_releases(self) -> int:
        """Return what waits to be released."""
        return sum(waiting.amount for waiting in self.releases.values())

    @property
    def free(self) -> int:
        """Return what is held and waits for nobody."""
        refunds = sum(waiting.amount - waiting.recovery for waiting in self.refunds.values())
        return self.held - self.waiting_releases - refunds

    @property
    def ungiven(self) -> int:
        """Return what is frozen and wasn't awarded to the buyer yet."""
        return max(0, self.frozen - sum(dispute.waiting for dispute in self.disputes))

    @property
    def unpromised(self) -> int:
        """Return what is held and no refund waits for."""
        return self.free + self.waiting_releases

    @property
    def owed(self) -> int:
        """Return how much of the total is neither conceded to the buyer nor released nor waits to be."""
        return self.total - self.conceded - self.released - self.waiting_releases

    @property
    def due(self) -> int:
        """Return what the exporter may be paid now."""
        return max(0, min(self.free, self.owed)) if self.status in {"received", "completed"} else 0

    @property
    def recoverable(self) -> int:
        """Return what the exporter may be asked back."""
        return max(0, self.released - self.recovered - self.charged_to_exporter)

    @property
    def is_settled(self) -> bool:
        """Return whether no money of it is anywhere on its way."""
        return not (self.held or self.disputed or self.frozen or self.releases or self.refunds)


@dataclass
class ModelParty:
    """A party and its standing."""

    roles: tuple[str, ...]
    registered_at: datetime
    suspended: bool = False
    screened: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By list: under which version, with which result."""
    legal_holds: set[str] = field(default_factory=set)
    forgotten: bool = False
    fields: set[str] = field(default_factory=set)
    trades: set[str] = field(default_factory=set)
    last_closed_at: datetime | None = None
    referrals: list[tuple[date, date, str]] = field(default_factory=list)
    """First day, first day that no longer counts, agreement."""

    @property
    def has_hit(self) -> bool:
        """Return whether it was found on some list."""
        return any(result == "hit" for _, result in self.screened.values())

    @property
    def blocked(self) -> bool:
        """Return whether it may neither trade nor be paid."""
        return self.suspended or self.has_hit


class ModelTerms(NamedTuple):
    """Terms of an agreement: a rate of the gross, within a least and a most, in minor units."""

    starts_on: date
    rate_bps: int
    cap: int | None
    minimum: int
    days: int


@dataclass
class ModelAgreement:
    """An agreement with a partner, and what it has counted by calendar year: basis and commission."""

    partner: str
    ends_on: date | None
    terms: list[ModelTerms]
    years: dict[int, list[int]] = field(default_factory=dict)


def need(condition: object, category: type[LedgerError] | None = Refused) -> None:
    """Refuse unless."""
    if not condition:
        raise No(category)


def amount(money: Money) -> int:
    """Return an amount in the currency of every order here, of either sign."""
    need(money.currency == "USD")
    return money.minor


def rounded(exact: Fraction) -> int:
    """Return the nearest whole number, the even one of two."""
    return round(exact)
