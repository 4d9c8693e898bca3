"""Which sayings a clock waits for where it only reminds: after its end they may still be said."""

from collections.abc import Callable, Mapping

from domain import commands
from domain.clock import Clock, ClockKind
from domain.commands import Command, DisputeCommand
from domain.references import dispute_id

AWAITED: Mapping[ClockKind, tuple[type[Command], ...]] = {
    "payment": (commands.RecordPayment,),
    "ship-by": (commands.DispatchGoods,),
    "answer": (commands.AnswerClaim,),
    "mediation": (commands.AssignMediator, commands.DeclareConflict),
    "evidence": (commands.SubmitEvidence,),
    "review": (commands.ProposeDecision,),
    "refund-start": (commands.ApproveRefund, commands.RejectRefund),
}
"""By the kind of clock; `evidence` decides only that what comes later is late."""


_NUMBERED: Mapping[ClockKind, Callable[[Command], int]] = {
    "payment": lambda command: getattr(command, "step", 0),
    "evidence": lambda command: getattr(command, "request", 0),
    "refund-start": lambda command: getattr(command, "number", 0),
}
"""Of clocks whose names end with the number of what they are about: where a command says that number."""


def awaits(clock: Clock, command: Command) -> bool:
    """Return whether a running clock waits for somebody to say this."""
    if not isinstance(command, AWAITED.get(clock.kind, ())):
        return False
    if isinstance(command, DisputeCommand) and clock.about != dispute_id(command.order, command.dispute):
        return False
    number = _NUMBERED.get(clock.kind)
    return number is None or clock.name.rpartition("/")[2] == str(number(command))
