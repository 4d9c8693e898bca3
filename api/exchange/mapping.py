"""
A mapping says, as data, how the rows of an order file become commands: columns, words, dates, and what a status means.

It is a TOML file: one that comes with the product, called by name, or anybody's own, called by path. What a field of it
means stands here, beside the field; those in the folder `mappings` are there to start from.
"""

import codecs
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec

from api.exchange.rules_file import change_rules
from domain.errors import Malformed
from domain.money import BASIS_POINTS, exponent_of
from domain.references import ACCOUNT, KEY, key
from domain.rule_checks import RulesMalformed, check_rules
from domain.rules import Rules, TransportMode

PlainVerb = Literal["place", "accept", "pay", "freeze", "cancel", "dispatch", "deliver", "confirm"]
LateVerb = Literal["dispute", "settle"]
Verb = Literal[PlainVerb, LateVerb]
DatedVerb = Literal[Verb, "refund"]
ReasonedVerb = Literal["freeze", "cancel", "refund"]

TRANSPORT_MODES = frozenset(get_args(TransportMode))
IMPORT_RULEBOOK = "import/1"

IMPORT_RULES = Rules(four_eyes_where_unlisted=False, claim_days=400)
"""
What a file says has happened already: nothing of it waits for an approval, nobody took a fee, and money that came back
a year after the sale came back. A mapping's own rules build on these: were these others, a book that has its rulebook
would take the mapping for another.
"""


@dataclass(eq=False, kw_only=True)
class MappingNotFound(Malformed):
    """No mapping of this name comes with the product, and no file of this path exists."""

    code: ClassVar[str] = "mapping.not_found"
    mapping: str
    known: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class MappingMalformed(Malformed):
    """A field of the mapping can't mean anything; `field` is its path, as `$.lines.quantity`."""

    code: ClassVar[str] = "mapping.malformed"
    mapping: str
    field: str
    problem: str


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the mapping; a key that it doesn't know is an error."""


class Text(Part, frozen=True, kw_only=True):
    """
    A word for the ledger: `fixed`, or what `column` says.

    Of a column's cell, `strip_suffix` is taken off the end. An empty cell is `blank`, or the row is rejected. `values`
    translates what it lists and rejects what it doesn't. Otherwise `prefix` is put before the cell.
    """

    fixed: str = ""
    column: str = ""
    strip_suffix: str = ""
    blank: str = ""
    prefix: str = ""
    values: dict[str, str] = {}


class Instant(Part, frozen=True, kw_only=True):
    """A moment: what `column` says, and `plus_days` and the whole number in `plus_days_column` days later."""

    column: str
    plus_days: int = 0
    plus_days_column: str = ""


class Lines(Part, frozen=True, kw_only=True):
    """
    The columns of an order line.

    Its amount, in major units, is `amount`, or quantity x `unit_price`; either is rounded once, half to even.
    """

    sku: str
    quantity: str
    amount: str = ""
    unit_price: str = ""


class Status(Part, frozen=True, kw_only=True):
    """
    What is said to the ledger about an order, in order: `always` the same, or `courses` by what `column` says.

    `dispute` claims damages for an order that was dispatched late, and `settle` ends that: both are left out where it
    wasn't, and where what the rules give for it rounds to nothing.
    """

    column: str = ""
    always: tuple[Verb, ...] = ()
    courses: dict[str, tuple[Verb, ...]] = {}

    def named_courses(self) -> Iterator[tuple[str, tuple[Verb, ...]]]:
        """Yield each course with the path of its field."""
        yield from ((f"$.status.courses.{name}", course) for name, course in self.courses.items())
        if self.always or not self.courses:
            yield "$.status.always", self.always


class Settlement(Part, frozen=True, kw_only=True):
    """
    How a claim for late goods ends: the exporter accepts it or, where `column` says one of `offers_bps`, offers that
    share of what is claimed, which the buyer takes.

    The share is in basis points, below the whole, rounded half to even. Where that is nothing or all, the claim is
    accepted.
    """

    column: str = ""
    offers_bps: dict[str, int] = {}


class Same(Part, frozen=True, kw_only=True):
    """A column in which every row of an order says what the order's first row in the file says, or is rejected."""

    column: str
    reason: str


class Refuse(Part, frozen=True, kw_only=True):
    """Rows that are no trade and are rejected at once: those whose order begins so."""

    order_starts_with: str
    reason: str


class Refunds(Part, frozen=True, kw_only=True):
    """
    Rows that give money back: those whose order begins so. They name no original.

    A row refunds -quantity units that its buyer bought of its sku up to its date: the latest line first, over several
    lines if need be, at the line's own price. Over several refunds a line never gives back more than half a minor unit
    beside the exact share.
    """

    order_starts_with: str


class Mapping(Part, frozen=True, kw_only=True):
    """
    How one kind of order file is read.

    name: stands in the command ids, so a second import of the same file under the same name changes nothing.
    order: the column that says which order a row belongs to; its rows may stand anywhere in the file.
    date_format: as Python's strptime; time_zone: where the file's clock hangs.
    occurred_at: when each verb of the courses happened; reasons: a code for those that ask for one.
    rulebook: a published one of the book; rules: or what its orders' rules have otherwise than the import's, as in a
    file of rules; their days are those of `time_zone`.
    ship_by, buyer, exporter, transport_mode, dates and status of an order are those of its first accepted row.
    """

    name: str
    currency: str
    date_format: str
    payment_account: str
    order: str
    buyer: Text
    exporter: Text
    transport_mode: Text
    lines: Lines
    status: Status
    ship_by: Instant
    occurred_at: dict[DatedVerb, Instant]
    reasons: dict[ReasonedVerb, str] = {}
    same: tuple[Same, ...] = ()
    refuse: tuple[Refuse, ...] = ()
    refunds: Refunds | None = None
    settlement: Settlement = Settlement()
    rulebook: str = IMPORT_RULEBOOK
    rules: dict[str, Any] = {}
    time_zone: str = "UTC"
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_mark: str = "."

    @property
    def principal(self) -> str:
        """Return in whose namespace the import's command ids are."""
        return f"import:{self.name}"

    @property
    def placed_under(self) -> str:
        """Return the rulebook that its orders are placed under: one of its own, where it has rules of its own."""
        return f"import/{self.name}" if self.rules else self.rulebook

    def order_rules(self) -> Rules:
        """Return the rules that the importer's rulebooks have: the import's, with the changes of the mapping's own."""
        if not self.rules:
            return IMPORT_RULES
        return change_rules(msgspec.structs.replace(IMPORT_RULES, time_zone=self.time_zone), self.rules)

    def order_columns(self) -> tuple[str, ...]:
        """Return the columns that say something about a whole order, each once."""
        instants = (self.ship_by, *self.occurred_at.values())
        texts = (self.buyer, self.exporter, self.transport_mode)
        named = [self.status.column, *(text.column for text in texts), *(same.column for same in self.same)]
        named.append(self.settlement.column)
        named += [column for instant in instants for column in (instant.column, instant.plus_days_column)]
        return tuple(dict.fromkeys(column for column in named if column))

    def line_columns(self) -> tuple[str, ...]:
        """Return the columns that say something about a line, its order's first."""
        named = (self.order, self.lines.sku, self.lines.quantity, self.lines.amount, self.lines.unit_price)
        return tuple(column for column in named if column)


def load_mapping(name_or_file: str) -> Mapping:
    """
    Read a mapping that comes with the product, by name, or a file, by a path that ends in `.toml`.

    Raises, in this order: MappingNotFound, MappingMalformed.
    """
    try:
        content = _source(name_or_file).read_bytes()
    except OSError:
        raise MappingNotFound(mapping=name_or_file, known=known_mappings()) from None
    return parse_mapping(content, source=name_or_file)


def known_mappings() -> tuple[str, ...]:
    """Return the names of the mappings that come with the product."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml")))


def parse_mapping(content: bytes, *, source: str) -> Mapping:
    """
    Read a mapping's TOML; `source` names it in errors.

    Raises: MappingMalformed, naming the first field that is wrong.
    """
    try:
        mapping = msgspec.toml.decode(content.decode(), type=Mapping)
    except msgspec.ValidationError as error:
        field, problem = place_of(error)
        raise MappingMalformed(mapping=source, field=field, problem=problem) from None
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise MappingMalformed(mapping=source, field="$", problem=str(error)) from None
    for field, problem in _problems(mapping):
        raise MappingMalformed(mapping=source, field=field, problem=problem)
    return mapping


_FOLDER = Path(__file__).parent / "mappings"


def _source(name_or_file: str) -> Path:
    if name_or_file.endswith(".toml"):
        return Path(name_or_file)
    return _FOLDER / f"{name_or_file if KEY.fullmatch(name_or_file) else ''}.toml"


def _problems(mapping: Mapping) -> Iterator[tuple[str, str]]:
    yield from _word_problems(mapping)
    for name in ("buyer", "exporter", "transport_mode"):
        text: Text = getattr(mapping, name)
        if bool(text.fixed) == bool(text.column):
            yield f"$.{name}", "needs either `fixed` or `column`"
        for word in filter(None, (text.fixed, text.blank)):
            yield from raised(f"$.{name}", partial(key, word, field=name))
    modes = (mapping.transport_mode.fixed, *mapping.transport_mode.values.values())
    for mode in filter(None, modes):
        if mode not in TRANSPORT_MODES:
            yield "$.transport_mode", f"{mode}: no transport mode; there are {', '.join(sorted(TRANSPORT_MODES))}"
    if bool(mapping.lines.amount) == bool(mapping.lines.unit_price):
        yield "$.lines", "needs either `amount` or `unit_price`"
    yield from _rules_problems(mapping)
    yield from _course_problems(mapping)
    yield from _late_problems(mapping)


def _word_problems(mapping: Mapping) -> Iterator[tuple[str, str]]:
    yield from raised("$.name", lambda: key(mapping.name, field="name"))
    yield from raised("$.currency", lambda: exponent_of(mapping.currency))
    yield from raised("$.time_zone", lambda: ZoneInfo(mapping.time_zone))
    yield from raised("$.encoding", lambda: codecs.lookup(mapping.encoding))
    if not ACCOUNT.fullmatch(mapping.payment_account):
        yield "$.payment_account", "names no account that money can arrive on, as `clearing:card`"
    for field in ("delimiter", "decimal_mark"):
        if len(getattr(mapping, field)) != 1:
            yield f"$.{field}", "needs one character"
    for verb, reason in mapping.reasons.items():
        yield from raised(f"$.reasons.{verb}", partial(key, reason, field="reason"))


def _course_problems(mapping: Mapping) -> Iterator[tuple[str, str]]:
    status = mapping.status
    if bool(status.always) == bool(status.column) or bool(status.column) != bool(status.courses):
        yield "$.status", "needs either `always`, or `column` and `courses`"
    for field, course in status.named_courses():
        if course[:1] != ("place",) or len(set(course)) < len(course):
            yield field, "begins with `place`, and says each verb once"
    said: set[DatedVerb] = {verb for _, course in status.named_courses() for verb in course}
    if mapping.refunds:
        said.add("refund")
    for verb in sorted(said - mapping.occurred_at.keys()):
        yield "$.occurred_at", f"says nothing of `{verb}`"
    for reasoned in sorted(said & set(get_args(ReasonedVerb)) - mapping.reasons.keys()):
        yield "$.reasons", f"says nothing of `{reasoned}`"


def _rules_problems(mapping: Mapping) -> Iterator[tuple[str, str]]:
    if not mapping.rules:
        return
    if mapping.rulebook != IMPORT_RULEBOOK:
        yield "$.rules", "needs either `rules` or `rulebook`"
    if mapping.placed_under == IMPORT_RULEBOOK:
        yield "$.name", f"{mapping.placed_under} is the rulebook of mappings without rules of their own"
    try:
        check_rules(mapping.order_rules())
    except msgspec.ValidationError as error:
        field, problem = place_of(error)
        yield f"$.rules{field.removeprefix('$')}", problem
    except RulesMalformed as error:
        yield f"$.rules.{error.field}", error.problem
    except Malformed as error:
        yield "$.rules", str(error)


def _late_problems(mapping: Mapping) -> Iterator[tuple[str, str]]:
    for field, course in mapping.status.named_courses():
        for verb, earlier in (("dispute", "dispatch"), ("settle", "dispute")):
            if verb in course and earlier not in course[: course.index(verb)]:
                yield field, f"says `{verb}` without `{earlier}` before it"
        if "dispute" in course and not (mapping.rules and mapping.order_rules().late_remedy != "none"):
            yield "$.rules", "has no `late_remedy` that a `dispute` could claim"
    settlement = mapping.settlement
    if bool(settlement.column) != bool(settlement.offers_bps):
        yield "$.settlement", "needs both `column` and `offers_bps`, or neither"
    if not all(0 < share_bps < BASIS_POINTS for share_bps in settlement.offers_bps.values()):
        yield "$.settlement.offers_bps", f"not between 0 and {BASIS_POINTS}"


def place_of(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return the path of the field that is wrong, and what is wrong with it."""
    problem, _, path = str(error).partition(" - at ")
    return path.strip("`") or "$", problem


def raised(field: str, check: Callable[[], object]) -> Iterator[tuple[str, str]]:
    """Yield the field with what a check of it raises, if it does."""
    try:
        check()
    except (Malformed, LookupError, ValueError, OSError) as error:
        yield field, str(error)
