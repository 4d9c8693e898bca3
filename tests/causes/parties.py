"""What commands about parties and sanctions lists are refused for."""

from datetime import date, timedelta

from msgspec.structs import replace

from domain.agreement import AgreementAmended, AgreementNotInForce, AgreementSigned
from domain.commands import (
    ChangeProfile,
    ForgetParty,
    LiftLegalHold,
    PlaceLegalHold,
    RecordWatchlist,
    ReferExporter,
    RegisterParty,
    ReinstateParty,
    ScreenParty,
    SuspendParty,
)
from domain.commitment import Commitment, CommitmentMalformed
from domain.countries import CountryUnknown
from domain.party import PROFILE_FIELDS_MAX
from domain.party_events import (
    PartyErased,
    PartyLegalHoldPlaced,
    PartyProfileChanged,
    PartyReferred,
    PartySuspended,
    PartyTradeOpened,
)
from domain.party_refusals import (
    LegalHoldAlreadyPlaced,
    LegalHoldNotFound,
    PartiesSame,
    PartyAlreadyRegistered,
    PartyForgotten,
    PartyHasOpenTrades,
    PartyIsSuspended,
    PartyLacksRole,
    PartyMalformed,
    PartyNotSuspended,
    PartyUnderLegalHold,
    ReferralOverlaps,
    RetentionRunning,
)
from domain.references import ReferenceMalformed
from domain.rulebook import RulebookNotInForce, RulebookNotInState, RulebookPublished
from domain.unit_of_work import AggregateNotFound
from domain.watchlist import ScreeningOutdated, WatchlistChanged, WatchlistVersionKnown
from tests.agreements import AGREEMENT, SIGNED_ON, agreed_terms
from tests.causes.cause import Attempt, Cause, Refused
from tests.given import AT, EXPORTER, OPERATOR, RULEBOOK, RULES, WATCHLIST, given, on, registered, ruled

NAME = Commitment("1a" * 32)
FULL = {f"field-{number}": NAME for number in range(PROFILE_FIELDS_MAX)}
PROSE = {"reason": "because of a court"}

THERE = on(EXPORTER, registered())
AS_BUYER = on(EXPORTER, registered("buyer"))
"""How it would have been registered instead."""

FORGOTTEN = on(EXPORTER, PartyErased(erased_by=OPERATOR, fields=()))
SUSPENDED = on(EXPORTER, PartySuspended(reason="under-review"))
KEPT = on(EXPORTER, PartyLegalHoldPlaced(reason="CS-114"))
LISTED = on(WATCHLIST, WatchlistChanged(version="v1", sha256="a1" * 32, recorded_by=OPERATOR))

REFERRED = on(
    EXPORTER,
    PartyReferred(partner="OTHER", agreement="A-1", starts_on=date(1899, 1, 1), ends_on=date.max),
)
SIGNED = AgreementSigned(
    partner="PAR-1", starts_on=SIGNED_ON, ends_on=None, year_begins=4, time_zone="UTC", terms=agreed_terms()
)
ITS_OWN = on(AGREEMENT, replace(SIGNED, partner="EXP-1"))
"""How AG-1 would have been signed with the exporter itself."""

DAYLESS = on(AGREEMENT, AgreementAmended(starts_on=date(2024, 5, 1), terms=agreed_terms(attribution_days=0)))
"""How AG-1 would have come to count no day, which no command of today does."""

PARTIES = (
    Refused(
        RegisterParty(party="EXP-1", roles=("exporter",), country="IN"),
        given(ruled()),
        Cause(ReferenceMalformed, says={"party": "EXP 1"}, naming={"field": "party"}),
        Cause(PartyMalformed, says={"roles": ()}, naming={"field": "roles"}),
        Cause(PartyMalformed, says={"profile": {**FULL, "name": NAME}}, naming={"field": "profile"}),
        Cause(CountryUnknown, says={"country": "UK"}),
        Cause(ReferenceMalformed, says={"profile": {"first name": NAME}}, naming={"field": "profile"}),
        Cause(CommitmentMalformed, says={"profile": {"name": "Ravi"}}, naming={"field": "profile.name"}),
        Cause(PartyAlreadyRegistered, after=THERE),
        Cause(AggregateNotFound, gone=RULEBOOK),
        Cause(RulebookNotInState, without=(RulebookPublished,)),
        Cause(RulebookNotInForce, after=on(RULEBOOK, RulebookPublished(effective_from=date(2027, 1, 1)))),
        together={
            (1, 7): Attempt(says={"party": "EXP 1"}, after=on("party:EXP 1", registered())),
            (3, 5): Attempt(says={"profile": {"first name": NAME, **FULL}}),
            (3, 6): Attempt(says={"profile": {"name": "Ravi", **FULL}}),
            (5, 6): Attempt(says={"profile": {"first name": "Ravi"}}),
        },
        apart={(9, 10): "only what is published has a first day"},
    ),
    Refused(
        ChangeProfile(party="EXP-1", field="name", commitment=NAME),
        given(THERE),
        Cause(AggregateNotFound, gone=EXPORTER),
        Cause(ReferenceMalformed, says={"field": "first name"}),
        Cause(CommitmentMalformed, says={"commitment": "Ravi"}),
        Cause(PartyForgotten, after=FORGOTTEN),
        Cause(
            PartyMalformed,
            after=on(EXPORTER, *(PartyProfileChanged(field=name, commitment=NAME) for name in FULL)),
            naming={"field": "profile"},
        ),
    ),
    Refused(
        ReferExporter(party="EXP-1", agreement="AG-1", starts_on=date(2026, 11, 1)),
        given(THERE, on(AGREEMENT, SIGNED)),
        Cause(AggregateNotFound, gone=EXPORTER, naming={"kind": "party"}),
        Cause(
            PartyMalformed,
            says={"starts_on": date(9001, 1, 1)},
            naming={"field": "starts_on", "problem": "not between the years 1900 and 9000"},
        ),
        Cause(AggregateNotFound, gone=AGREEMENT, naming={"kind": "agreement"}),
        Cause(AgreementNotInForce, says={"starts_on": SIGNED_ON - timedelta(days=1)}),
        Cause(PartyForgotten, after=FORGOTTEN),
        Cause(PartyLacksRole, after=AS_BUYER),
        Cause(PartiesSame, after=ITS_OWN),
        Cause(
            PartyMalformed,
            after=DAYLESS,
            naming={"field": "starts_on", "problem": "the agreement counts no day from here on"},
        ),
        Cause(ReferralOverlaps, after=REFERRED),
        together={
            (1, 3): Attempt(says={"party": "EXP-9", "agreement": "AG-9"}),
            (2, 4): Attempt(says={"starts_on": date(1899, 12, 31)}),
            (5, 6): Attempt(after=AS_BUYER + FORGOTTEN),
        },
        apart={(4, 8): "before its first day an agreement counts nothing"},
    ),
    Refused(
        ScreenParty(party="EXP-1", list_name="UNSC", list_version="v1", list_hash="a1" * 32, result="clear"),
        given(THERE, LISTED),
        Cause(AggregateNotFound, gone=EXPORTER, naming={"kind": "party"}),
        Cause(AggregateNotFound, gone=WATCHLIST, naming={"kind": "watchlist"}),
        Cause(ScreeningOutdated, says={"list_version": "v0"}),
        Cause(PartyForgotten, after=FORGOTTEN),
        together={(1, 2): Attempt(says={"party": "EXP-9", "list_name": "OFAC"})},
        apart={(2, 3): "a list that isn't there has no present version"},
    ),
    Refused(
        SuspendParty(party="EXP-1", reason="under-review"),
        given(THERE),
        Cause(AggregateNotFound, gone=EXPORTER),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(PartyForgotten, after=FORGOTTEN),
        Cause(PartyIsSuspended, after=SUSPENDED),
    ),
    Refused(
        ReinstateParty(party="EXP-1", reason="cleared"),
        given(THERE, SUSPENDED),
        Cause(AggregateNotFound, gone=EXPORTER),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(PartyForgotten, after=FORGOTTEN),
        Cause(PartyNotSuspended, without=(PartySuspended,)),
    ),
    Refused(
        PlaceLegalHold(party="EXP-1", reason="CS-114"),
        given(THERE),
        Cause(AggregateNotFound, gone=EXPORTER),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(PartyForgotten, after=FORGOTTEN),
        Cause(LegalHoldAlreadyPlaced, after=KEPT),
        together={(2, 4): Attempt(says=PROSE, after=on(EXPORTER, PartyLegalHoldPlaced(reason=PROSE["reason"])))},
    ),
    Refused(
        LiftLegalHold(party="EXP-1", reason="CS-114"),
        given(THERE, KEPT),
        Cause(AggregateNotFound, gone=EXPORTER),
        Cause(ReferenceMalformed, says=PROSE),
        Cause(LegalHoldNotFound, without=(PartyLegalHoldPlaced,)),
    ),
    Refused(
        ForgetParty(party="EXP-1"),
        given(ruled(replace(RULES, retention_days=365)), THERE),
        Cause(AggregateNotFound, gone=EXPORTER),
        Cause(PartyForgotten, after=FORGOTTEN),
        Cause(PartyUnderLegalHold, after=KEPT),
        Cause(PartyHasOpenTrades, after=on(EXPORTER, PartyTradeOpened(order="PO-1"))),
        Cause(RetentionRunning, at=AT),
        at=AT + timedelta(days=365),
    ),
    Refused(
        RecordWatchlist(list_name="UNSC", version="v1", sha256="a1" * 32),
        given(),
        Cause(ReferenceMalformed, says={"list_name": "UN SC"}, naming={"field": "list_name"}),
        Cause(ReferenceMalformed, says={"version": "v 1"}, naming={"field": "version"}),
        Cause(CommitmentMalformed, says={"sha256": "none"}, naming={"field": "sha256"}),
        Cause(WatchlistVersionKnown, after=LISTED),
        together={
            (1, 4): Attempt(says={"list_name": "UN SC"}, after=on("watchlist:UN SC", LISTED[0].event)),
            (2, 4): Attempt(
                says={"version": "v 1"},
                after=on(WATCHLIST, WatchlistChanged(version="v 1", sha256="a1" * 32, recorded_by=OPERATOR)),
            ),
        },
    ),
)
