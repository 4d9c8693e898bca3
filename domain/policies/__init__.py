"""
Policies say what follows from an event, as further commands decided in the same unit of work.

They read what the command sees and change nothing themselves. Whatever moves money follows in here, to closure; what
waits for time to pass is a clock's, and what an expired clock makes happen follows in here again.
"""

from domain.aggregate import Event
from domain.policies import commissions, deadlines, disputes, parties, settlement, takeovers
from domain.policies.policy import Policy

ROOMS: tuple[dict[type[Event], tuple[Policy, ...]], ...] = (
    parties.POLICIES,
    disputes.POLICIES,
    settlement.POLICIES,
    commissions.POLICIES,
    deadlines.POLICIES,
    takeovers.POLICIES,
)
"""
In the order in which their policies are asked about one event: what freezes money and what sets it aside before what
pays it, and clocks after everything has moved on.
"""

POLICIES: dict[type[Event], tuple[Policy, ...]] = {
    happened: tuple(policy for room in ROOMS for policy in room.get(happened, ()))
    for happened in dict.fromkeys(event for room in ROOMS for event in room)
}
