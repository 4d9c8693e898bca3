"""Candidates are what somebody thinks of saying about orders, as people say it: texts in clear, remedies by kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, NamedTuple, Union, cast

import msgspec

from api.commands.body_shapes import MoneySaid, read_as, said_fields
from api.commands.disputes_in_clear import SAID_IN_CLEAR, FindingInClear, ProposeInClear, RulingInClear
from domain import commands
from domain.claim import RemedyKind
from domain.commands import Command, OrderCommand, PublicCommand
from domain.errors import Malformed
from domain.money import to_major
from domain.side import Side

REASON = "as-previewed"
FINDING = "As previewed."


@dataclass(eq=False, kw_only=True)
class CandidateMalformed(Malformed):
    """A candidate isn't a command about an order; `problem` names the field."""

    code: ClassVar[str] = "preview.candidate_malformed"
    candidate: int
    problem: str


class CandidateSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Something that might be said about an order.

    command: its fields and its `type`, as ProposeDecision, texts in clear; actor, role: those of whoever previews where
    not given; rulebook: NAME/VERSION of other rules to look at it under.
    """

    command: msgspec.Raw
    name: str = ""
    actor: str = ""
    role: str = ""
    rulebook: str = ""


class RemedySaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A remedy; without an amount, what its kind says."""

    kind: RemedyKind
    amount: MoneySaid | None = None

    @property
    def amount_minor(self) -> int | None:
        """Return the amount in minor units, where there is one."""
        return self.amount.minor if self.amount else None

    @property
    def currency(self) -> str:
        """Return the currency of the amount; empty where there is none."""
        return self.amount.currency if self.amount else ""


class RemediesSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Remedies for one claim, each a candidate: as decisions of the dispute's mediator, or as offers of one side.

    mediator: who decides, by key; without one, whoever previews does. reason, findings: of every decision.
    """

    order: str
    dispute: int = 1
    claim: int
    remedies: tuple[RemedySaid, ...]
    said_as: Literal["decision", "offer"] = msgspec.field(default="decision", name="as")
    side: Side = "exporter"
    mediator: str = ""
    reason: str = REASON
    findings: tuple[FindingInClear, ...] = ()


class PreviewSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What is to be compared: candidates, remedies for a claim, and every one of them under other rules as well.

    at: the instant at which they would be said; the present where not given.
    """

    candidates: tuple[CandidateSaid, ...] = ()
    remedies: RemediesSaid | None = None
    rulebooks: tuple[str, ...] = ()
    at: datetime | None = None


class Previewer(NamedTuple):
    """Who looks at a preview, and when."""

    actor: str
    role: str
    at: datetime


class Wanted(NamedTuple):
    """A candidate as it is wanted: what is said, by whom, and under which rules other than the order's own."""

    name: str
    command: Command
    actor: str
    role: str
    rulebook: str


def candidates_of(said: PreviewSaid, previewer: Previewer, *, currency_of: Callable[[str], str]) -> Iterator[Wanted]:
    """
    Yield the candidates of a preview in the order of their numbers; each, and after it the same under other rules.

    currency_of: returns an order's currency, or nothing where there is no such order.

    Raises: CandidateMalformed.
    """
    for each in _said(said, previewer, currency_of):
        name = f"{each.name}, rules {each.rulebook}" if each.rulebook else each.name
        yield each._replace(name=name)
        for rulebook in said.rulebooks:
            yield each._replace(name=f"{each.name}, rules {rulebook}", rulebook=rulebook)


def _said(said: PreviewSaid, previewer: Previewer, currency_of: Callable[[str], str]) -> Iterator[Wanted]:
    for number, candidate in enumerate(said.candidates, start=1):
        command = _command(candidate.command, number)
        yield Wanted(
            candidate.name or str(type(command).__struct_config__.tag),
            command,
            candidate.actor or previewer.actor,
            candidate.role or previewer.role,
            candidate.rulebook,
        )
    if said.remedies:
        yield from _remedies(said.remedies, previewer, currency_of(said.remedies.order))


def _remedies(said: RemediesSaid, previewer: Previewer, currency: str) -> Iterator[Wanted]:
    say = _decision if said.said_as == "decision" else _offer
    decides = said.said_as == "decision" and said.mediator
    actor, role = (f"mediator:{said.mediator}", "mediator") if decides else (previewer.actor, previewer.role)
    for remedy in said.remedies:
        yield Wanted(_name(remedy, currency), say(said, remedy), actor, role, "")


def _decision(said: RemediesSaid, remedy: RemedySaid) -> Command:
    ruling = RulingInClear(
        claim=said.claim,
        remedy=remedy.kind,
        amount_minor=remedy.amount_minor,
        reason=said.reason,
        findings=said.findings or (FindingInClear(text=FINDING),),
    )
    return ProposeInClear(order=said.order, dispute=said.dispute, rulings=(ruling,), currency=remedy.currency)


def _offer(said: RemediesSaid, remedy: RemedySaid) -> Command:
    return commands.MakeOffer(
        order=said.order,
        dispute=said.dispute,
        claim=said.claim,
        side=said.side,
        remedy=remedy.kind,
        amount_minor=remedy.amount_minor,
        currency=remedy.currency,
    )


def _name(remedy: RemedySaid, currency: str) -> str:
    if remedy.amount_minor is None or not currency:
        return remedy.kind
    return f"{remedy.kind} {to_major(remedy.amount_minor, currency)}"


def _command(said: msgspec.Raw, number: int) -> Command:
    try:
        body = _DECODER.decode(said)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CandidateMalformed(candidate=number, problem=str(error)) from None
    return cast("Command", read_as(_SAYABLE[str(body.__struct_config__.tag)], body))


def _sayable() -> dict[str, type[Command]]:
    about_orders = [each for each in PublicCommand.__args__ if issubclass(each, OrderCommand)]
    return {each.__name__: SAID_IN_CLEAR.get(each, each) for each in about_orders}


def _closed(name: str, command: type[Command]) -> type[msgspec.Struct]:
    """Return a struct with a command's fields that takes no others."""
    return msgspec.defstruct(
        f"{name}Said", said_fields(command), tag=name, forbid_unknown_fields=True, frozen=True, kw_only=True
    )


_SAYABLE = _sayable()
_DECODER: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
    Union[tuple(_closed(name, command) for name, command in _SAYABLE.items())]  # noqa: UP007 - made while running
)
