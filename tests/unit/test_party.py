"""Party: who takes part, who brought it, whether it may trade and be paid, and how it is forgotten."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as drawn
from hypothesis import strategies

from domain.agreement import AgreementSigned
from domain.agreement_terms import AgreementTerms
from domain.catalogue import evolve
from domain.commands import (
    AcceptOrder,
    CancelOrder,
    ChangeProfile,
    Command,
    ConfirmReceipt,
    ForgetParty,
    FreezeHold,
    LiftLegalHold,
    PlaceLegalHold,
    PlaceOrder,
    ProposeRefund,
    RecordPayment,
    ReferExporter,
    RegisterParty,
    ReinstateParty,
    ScreenParty,
    SuspendParty,
    UnfreezeHold,
)
from domain.commitment import Commitment, CommitmentMalformed
from domain.countries import CountryUnknown
from domain.hold import HoldDisputed, HoldFrozen, HoldUndisputed
from domain.order import OrderCancelled, OrderNotInState, OrderReceiptConfirmed
from domain.party import PROFILE_FIELDS_MAX, Party, Referral
from domain.party_events import (
    PartyErased,
    PartyLegalHoldLifted,
    PartyLegalHoldPlaced,
    PartyProfileChanged,
    PartyReferred,
    PartyRegistered,
    PartyReinstated,
    PartySuspended,
    PartyTradeClosed,
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
    PartyNotRegistered,
    PartyNotScreened,
    PartyNotSuspended,
    PartySanctioned,
    PartyUnderLegalHold,
    ReferralOverlaps,
    RetentionRunning,
)
from domain.party_standing import check_may_be_paid, has_hit, is_blocked
from domain.policies.parties import freeze_what_arrives
from domain.references import DisputeId, RulebookId, kind_of
from domain.rulebook import RulebookDrafted, RulebookNotInState
from domain.rules import Rules
from domain.unit_of_work import AggregateNotFound, UnitOfWork
from domain.watchlist import WatchlistChanged
from tests.given import (
    AT,
    BUYER,
    EXPORTER,
    EXPORTER_PAYEE,
    HOLD,
    OPERATOR,
    ORDER,
    RULEBOOK,
    RULES,
    WATCHLIST,
    Given,
    Happened,
    Then,
    agreed,
    delivered,
    folded,
    given,
    line,
    on,
    paid,
    placed,
    received,
    registered,
    ruled,
    screened,
    usd,
)

NAME, ADDRESS = Commitment("1a" * 32), Commitment("2b" * 32)
SUSPENDED, REINSTATED = PartySuspended(reason="under-review"), PartyReinstated(reason="cleared")
FORGOTTEN = PartyErased(erased_by=OPERATOR, fields=())
LISTED = on(WATCHLIST, WatchlistChanged(version="v1", sha256="a1" * 32, recorded_by=OPERATOR))
FORGET = ForgetParty(party="EXP-1")
SUSPEND, REINSTATE = SuspendParty(party="EXP-1", reason="under-review"), ReinstateParty(party="EXP-1", reason="cleared")
PAY = RecordPayment(order="PO-1", amount=usd(10_000), account="clearing:card")


def register(**other: Any) -> RegisterParty:
    fields: dict[str, Any] = {"party": "EXP-1", "roles": ("exporter",), "country": "IN"}
    return RegisterParty(**fields | other)


def screen(result: Any = "clear", *, party: str = "EXP-1") -> ScreenParty:
    return ScreenParty(party=party, list_name="UNSC", list_version="v1", list_hash="a1" * 32, result=result)


def place(*, buyer: str = "BUY-1", exporter: str = "EXP-1") -> PlaceOrder:
    return PlaceOrder(
        order="PO-1",
        buyer=buyer,
        exporter=exporter,
        currency="USD",
        lines=(line(),),
        transport_mode="sea",
        ship_by=date(2026, 12, 1),
    )


def both(*events: Any) -> tuple[tuple[Happened, ...], ...]:
    """Return how both sides of PO-1 were registered, and what happened to the exporter after that."""
    return on(BUYER, registered("buyer")), on(EXPORTER, registered(), *events)


def opened(reference: str = EXPORTER) -> tuple[Happened, ...]:
    return on(reference, PartyTradeOpened(order="PO-1"))


def happened(then: Then, *kinds: str) -> list[Happened]:
    """Return what happened to these kinds of thing; clocks and others keep track of a trade too."""
    return [Happened(step.reference, step.event) for step in then.steps if kind_of(step.reference) in kinds]


def party_of(*events: Any, at: datetime = AT) -> Party:
    party = folded(EXPORTER, *events, at=at)
    assert isinstance(party, Party)
    return party


class TestRegistration:
    def test_a_party_is_registered_under_a_rulebook_with_what_stands_for_its_values(self) -> None:
        command = register(roles=("exporter", "buyer"), profile={"name": NAME, "address": ADDRESS})
        expected = PartyRegistered(
            roles=("exporter", "buyer"),
            country="IN",
            rulebook=RulebookId(RULEBOOK),
            profile={"name": NAME, "address": ADDRESS},
        )
        given(ruled()).when(command).then(on(EXPORTER, expected)).leaves(EXPORTER, registered_at=AT, is_blocked=False)

    def test_a_party_is_registered_once(self) -> None:
        given(ruled(), on(EXPORTER, registered())).when(register()).refused(PartyAlreadyRegistered, party="EXP-1")

    def test_a_forgotten_partys_key_is_not_used_again(self) -> None:
        given(ruled(), on(EXPORTER, registered(), FORGOTTEN)).when(register()).refused(PartyAlreadyRegistered)

    @pytest.mark.parametrize("roles", [(), ("exporter", "buyer", "exporter")])
    def test_a_party_has_roles_each_once(self, roles: tuple[str, ...]) -> None:
        given(ruled()).when(register(roles=roles)).refused(PartyMalformed, field="roles")

    def test_a_country_is_one_of_iso_3166(self) -> None:
        given(ruled()).when(register(country="UK")).refused(CountryUnknown, country="UK")

    def test_a_name_in_clear_is_refused_where_a_commitment_belongs(self) -> None:
        given(ruled()).when(register(profile={"name": "Ravi"})).refused(CommitmentMalformed, field="profile.name")

    def test_a_profile_has_an_end(self) -> None:
        profile = {f"field-{number}": NAME for number in range(PROFILE_FIELDS_MAX + 1)}
        given(ruled()).when(register(profile=profile)).refused(PartyMalformed, field="profile")

    def test_the_rulebook_must_be_in_force(self) -> None:
        given(ruled()).when(register(rulebook="other/1")).refused(AggregateNotFound, kind="rulebook")
        drafted = on(RULEBOOK, RulebookDrafted(rules=RULES, drafted_by=OPERATOR))
        given(drafted).when(register()).refused(RulebookNotInState)


class TestProfile:
    CHANGE = ChangeProfile(party="EXP-1", field="name", commitment=NAME)

    def test_a_field_gets_a_new_value(self) -> None:
        expected = PartyProfileChanged(field="name", commitment=NAME)
        given(on(EXPORTER, registered())).when(self.CHANGE).then(on(EXPORTER, expected)).leaves(
            EXPORTER, profile={"name": NAME}
        )

    def test_a_changed_profile_leaves_the_state_before_as_it_was(self) -> None:
        before = party_of(registered())
        evolve(before, PartyProfileChanged(field="name", commitment=NAME), EXPORTER, AT)
        assert before.profile == {}

    def test_one_field_too_many_is_refused(self) -> None:
        filled = [PartyProfileChanged(field=f"f-{n}", commitment=NAME) for n in range(PROFILE_FIELDS_MAX)]
        there = on(EXPORTER, registered(), *filled)
        given(there).when(self.CHANGE).refused(PartyMalformed, field="profile")
        given(there).when(msgspec.structs.replace(self.CHANGE, field="f-0")).then_topics("PartyProfileChanged")


class TestReferral:
    REFER = ReferExporter(party="EXP-1", agreement="START-2026", starts_on=date(2026, 11, 1))

    def signed(self, partner: str = "START", *, days: int = 30) -> tuple[Happened, ...]:
        event = AgreementSigned(
            partner=partner,
            starts_on=date(2026, 1, 1),
            ends_on=None,
            year_begins=4,
            time_zone="UTC",
            terms=AgreementTerms(rate_bps=200, attribution_days=days),
        )
        return on("agreement:START-2026", event)

    def referred(self, starts_on: date, days: int, *, partner: str = "OTHER") -> PartyReferred:
        return PartyReferred(
            partner=partner, agreement="A-1", starts_on=starts_on, ends_on=starts_on + timedelta(days=days)
        )

    def test_an_agreements_partner_refers_an_exporter_for_as_long_as_it_says(self) -> None:
        expected = PartyReferred(
            partner="START", agreement="START-2026", starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1)
        )
        given(*both(), self.signed()).when(self.REFER).then(on(EXPORTER, expected))

    def test_an_order_counts_from_the_first_day_until_before_the_last(self) -> None:
        party = party_of(registered(), self.referred(date(2026, 11, 1), 30))
        referral = Referral(partner="OTHER", agreement="A-1", starts_on=date(2026, 11, 1), ends_on=date(2026, 12, 1))
        days = [date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 30), date(2026, 12, 1)]
        assert [party.referral_on(day) for day in days] == [None, referral, referral, None]

    @pytest.mark.parametrize("start", [date(2026, 10, 3), date(2026, 11, 1), date(2026, 11, 30)])
    def test_two_partners_do_not_refer_one_exporter_for_one_day(self, start: date) -> None:
        before = self.referred(start, 30)
        given(*both(before), self.signed()).when(self.REFER).refused(
            ReferralOverlaps, party="EXP-1", partner="OTHER", starts_on=start, ends_on=before.ends_on
        )

    @pytest.mark.parametrize("start", [date(2026, 10, 2), date(2026, 12, 1)])
    def test_one_partner_follows_another_without_a_gap(self, start: date) -> None:
        given(*both(self.referred(start, 30)), self.signed()).when(self.REFER).then_topics("PartyReferred")

    def test_the_same_partner_does_not_refer_twice_for_one_day_either(self) -> None:
        before = self.referred(date(2026, 11, 1), 1, partner="START")
        given(*both(before), self.signed()).when(self.REFER).refused(ReferralOverlaps)

    @drawn(strategies.lists(strategies.tuples(strategies.integers(0, 40), strategies.integers(0, 9)), max_size=12))
    def test_no_day_ever_has_two_referrals(self, attempts: list[tuple[int, int]]) -> None:
        party = party_of(registered())
        for start, days in attempts:
            first = date(2026, 1, 1) + timedelta(days=start)
            asked = Referral(partner="P", agreement="A", starts_on=first, ends_on=first + timedelta(days=days))
            try:
                event = party.refer(asked)
            except (ReferralOverlaps, PartyMalformed):
                continue
            party = evolve(party, event, EXPORTER, AT)  # type: ignore[assignment]
        for offset in range(60):
            day = date(2026, 1, 1) + timedelta(days=offset)
            assert sum(referral.covers(day) for referral in party.referrals) <= 1

    def test_nobody_refers_itself_whatever_the_days(self) -> None:
        given(*both(self.referred(date(2026, 11, 1), 30)), self.signed("EXP-1")).when(self.REFER).refused(
            PartiesSame, party="EXP-1"
        )


class TestScreening:
    def test_a_screening_says_whether_the_one_before_was_a_hit(self) -> None:
        given(LISTED, *both()).when(screen()).then(on(EXPORTER, screened()))
        given(LISTED, *both(screened("hit"))).when(screen()).then(on(EXPORTER, screened(after_hit=True)))

    def test_the_latest_screening_of_each_list_counts(self) -> None:
        party = party_of(registered(), screened("hit"), screened("clear", version="v2"))
        assert not party.has_hit
        assert party.screenings["UNSC"].list_version == "v2"
        other = msgspec.structs.replace(screened("hit"), list_name="OFAC")
        assert party_of(registered(), other, screened()).hits == ("OFAC",)

    def test_a_party_is_screened_when_it_is_clear_under_the_present_version_of_every_list(self) -> None:
        party = party_of(registered(), screened("clear", version="v2"))
        assert party.is_screened({})
        assert party.is_screened({"UNSC": "v2"})
        assert not party.is_screened({"UNSC": "v3"})
        assert party.unscreened({"UNSC": "v2", "OFAC": "v1"}) == ("OFAC",)
        assert party_of(registered(), screened("hit")).unscreened({"UNSC": "v1"}) == ("UNSC",)

    def test_a_party_is_to_be_screened_again_when_a_list_changed_or_is_new_to_it(self) -> None:
        party = party_of(registered(), screened("hit"))
        assert party.outdated({"UNSC": "v1"}) == ()
        assert party.outdated({"UNSC": "v2", "OFAC": "v1"}) == ("UNSC", "OFAC")
        assert party_of(registered(), FORGOTTEN).outdated({"UNSC": "v2"}) == ()


class TestSuspension:
    def test_a_party_is_suspended_and_reinstated(self) -> None:
        given(*both()).when(SUSPEND).then(on(EXPORTER, SUSPENDED)).leaves(EXPORTER, is_suspended=True, is_blocked=True)
        given(*both(SUSPENDED)).when(REINSTATE).then(on(EXPORTER, REINSTATED)).leaves(EXPORTER, is_blocked=False)

    def test_a_party_is_suspended_once(self) -> None:
        given(*both(SUSPENDED)).when(SUSPEND).refused(PartyIsSuspended, party="EXP-1")

    def test_only_a_suspended_party_is_reinstated(self) -> None:
        given(*both()).when(REINSTATE).refused(PartyNotSuspended, party="EXP-1")


class TestTrading:
    STRICT = msgspec.structs.replace(RULES, registered_parties_only=True, screening_lists=("UNSC",))
    REGISTERED = msgspec.structs.replace(RULES, registered_parties_only=True)
    LISTS = msgspec.structs.replace(RULES, screening_lists=("UNSC",))

    def test_nobody_needs_to_be_registered_where_the_rulebook_does_not_say_so(self) -> None:
        given(ruled()).when(place()).then_topics("OrderPlaced")

    def test_nobody_trades_with_itself(self) -> None:
        given(ruled()).when(place(exporter="BUY-1")).refused(PartiesSame, party="BUY-1")

    def test_registration_is_needed_where_the_rulebook_says_so(self) -> None:
        given(ruled(self.REGISTERED)).when(place()).refused(PartyNotRegistered, party="BUY-1")
        buyer = on(BUYER, registered("buyer"))
        given(ruled(self.REGISTERED), buyer).when(place()).refused(PartyNotRegistered, party="EXP-1")
        given(ruled(self.REGISTERED), *both()).when(place()).then_topics("OrderPlaced")

    def test_each_side_needs_its_role(self) -> None:
        sides = on(BUYER, registered("exporter")), on(EXPORTER, registered())
        given(ruled(self.REGISTERED), *sides).when(place()).refused(PartyLacksRole, party="BUY-1", role="buyer")
        given(ruled(), *sides).when(place()).then_topics("OrderPlaced")

    def test_a_clear_screening_under_the_present_version_is_needed_where_the_rulebook_says_so(self) -> None:
        clear = on(BUYER, registered("buyer"), screened()), on(EXPORTER, registered(), screened())
        given(ruled(self.LISTS), LISTED, *clear).when(place()).then_topics("OrderPlaced")
        given(ruled(self.LISTS), LISTED).when(place()).refused(PartyNotScreened, party="BUY-1", list_name="UNSC")
        given(ruled(self.LISTS), LISTED, clear[0], on(EXPORTER, registered())).when(place()).refused(
            PartyNotScreened, party="EXP-1", list_name="UNSC"
        )
        changed = on(WATCHLIST, WatchlistChanged(version="v2", sha256="a1" * 32, recorded_by=OPERATOR))
        given(ruled(self.LISTS), LISTED, *clear, changed).when(place()).refused(PartyNotScreened, party="BUY-1")

    def test_a_list_that_nobody_recorded_screens_nobody(self) -> None:
        given(ruled(self.LISTS)).when(place()).refused(AggregateNotFound, kind="watchlist", key="UNSC")

    @pytest.mark.parametrize("side", [BUYER, EXPORTER])
    @pytest.mark.parametrize(
        ("events", "refusal"),
        [((SUSPENDED,), PartyIsSuspended), ((screened("hit"),), PartySanctioned), ((FORGOTTEN,), PartyForgotten)],
    )
    def test_a_blocked_party_takes_on_nothing_whatever_the_rulebook(
        self, side: str, events: tuple[Any, ...], refusal: Any
    ) -> None:
        blocked = on(side, registered(), *events)
        given(ruled(), blocked).when(place()).refused(refusal, party=side.partition(":")[2])
        given(ruled(), blocked, on(ORDER, placed())).when(AcceptOrder(order="PO-1")).refused(refusal)

    @pytest.mark.parametrize(
        ("buyer", "exporter", "refusal"),
        [
            (registered(), (), PartyLacksRole),
            (registered("buyer"), (registered("buyer"), FORGOTTEN, SUSPENDED), PartyLacksRole),
            (registered("buyer"), (registered(), FORGOTTEN, SUSPENDED), PartyForgotten),
            (registered("buyer"), (registered(), SUSPENDED, screened("hit")), PartyIsSuspended),
            (registered("buyer"), (registered(), screened("hit")), PartySanctioned),
        ],
    )
    def test_refusals_come_in_order_the_buyers_first(
        self, buyer: PartyRegistered, exporter: tuple[Any, ...], refusal: Any
    ) -> None:
        sides = on(BUYER, buyer, screened()), on(EXPORTER, *exporter)
        given(ruled(self.STRICT), LISTED, *sides).when(place()).refused(refusal)

    def test_an_order_that_is_not_placed_is_refused_before_a_blocked_party(self) -> None:
        there = on(ORDER, placed(), OrderCancelled(reason="late"))
        given(ruled(), there, *both(SUSPENDED)).when(AcceptOrder(order="PO-1")).refused(OrderNotInState)

    def test_suspension_touches_no_order_that_was_accepted(self) -> None:
        then = given(*delivered(), *both(SUSPENDED), opened()).when(ConfirmReceipt(order="PO-1"))
        assert happened(then, "order") == list(on(ORDER, OrderReceiptConfirmed()))


class TestOpenTrades:
    def test_a_trade_is_open_for_both_registered_sides_while_its_hold_is(self) -> None:
        then = given(ruled(), on(ORDER, placed()), *both()).when(AcceptOrder(order="PO-1"))
        assert happened(then, "party") == [*opened(BUYER), *opened()]
        assert {step.policy for step in then.steps if kind_of(step.reference) == "party"} == {"open_trade_of_parties"}

    def test_nothing_is_noted_of_a_side_that_is_not_registered(self) -> None:
        exporter = on(EXPORTER, registered())
        then = given(ruled(), on(ORDER, placed()), exporter).when(AcceptOrder(order="PO-1"))
        assert happened(then, "party") == list(opened())

    def test_a_trade_of_a_later_registered_side_is_open_from_its_next_payment_on(self) -> None:
        then = given(*paid(4_000), *both()).when(RecordPayment(order="PO-1", amount=usd(1), account="clearing:card"))
        assert happened(then, "party") == [*opened(BUYER), *opened()]

    def test_a_trade_is_closed_with_its_hold(self) -> None:
        there = given(*paid(), *both(), opened(BUYER), opened()).when(CancelOrder(order="PO-1", reason="late"))
        closed = [step.reference for step in there.steps if isinstance(step.event, PartyTradeClosed)]
        assert closed == [BUYER, EXPORTER]
        there.leaves(EXPORTER, last_trade_closed_at=AT)

    def test_cancelling_before_a_hold_opened_closes_nothing(self) -> None:
        then = given(ruled(), on(ORDER, placed()), *both()).when(CancelOrder(order="PO-1", reason="late"))
        assert happened(then, "party") == []

    def test_the_last_trade_closed_last_whatever_came_later_about_an_earlier_day(self) -> None:
        party = party_of(registered(), PartyTradeClosed(order="PO-1"), at=AT + timedelta(days=9))
        earlier = evolve(party, PartyTradeClosed(order="PO-2"), EXPORTER, AT)
        assert isinstance(earlier, Party)
        assert earlier.last_trade_closed_at == AT + timedelta(days=9)


class TestSanctions:
    def test_a_hit_freezes_what_is_held_in_every_open_trade_of_the_party(self) -> None:
        there = given(LISTED, *paid(), *both(), opened())
        there.when(screen("hit")).then(
            on(EXPORTER, screened("hit")),
            on(HOLD, HoldFrozen(amount_minor=10_000, currency="USD", reason="sanctions-hit")),
        )

    @pytest.mark.parametrize("side", ["BUY-1", "EXP-1"])
    def test_a_hit_on_either_side_freezes(self, side: str) -> None:
        there = given(LISTED, *paid(), *both(), opened(BUYER), opened())
        there.when(screen("hit", party=side)).leaves(HOLD, held_minor=0, frozen_minor=10_000)

    def test_a_hit_freezes_nothing_where_nothing_is_held_or_nothing_is_open(self) -> None:
        given(LISTED, *agreed(), *both(), opened()).when(screen("hit")).then_topics("PartyScreened")
        given(LISTED, *both()).when(screen("hit")).then_topics("PartyScreened")

    @pytest.mark.parametrize("side", ["BUY-1", "EXP-1"])
    def test_money_that_arrives_after_a_hit_is_frozen(self, side: str) -> None:
        there = given(LISTED, *paid(4_000), *both(), opened(BUYER), opened()).said(screen("hit", party=side))
        amount = RecordPayment(order="PO-1", amount=usd(6_000), account="clearing:card")
        there.when(amount).leaves(HOLD, held_minor=0, frozen_minor=10_000)

    def test_money_that_arrives_after_the_goods_is_frozen_before_it_is_paid_out(self) -> None:
        there = given(LISTED, *delivered(0), *both(), opened()).said(ConfirmReceipt(order="PO-1"), screen("hit"))
        frozen = HoldFrozen(amount_minor=10_000, currency="USD", reason="sanctions-hit")
        assert happened(there.when(PAY), "hold", "release") == list(on(HOLD, received(10_000), frozen))

    def test_what_arrives_is_frozen_and_what_people_let_go_is_not_frozen_again(self) -> None:
        there = given(LISTED, *paid(4_000), *both(), opened()).said(
            screen("hit"), UnfreezeHold(order="PO-1", reason="licence")
        )
        there.when(RecordPayment(order="PO-1", amount=usd(6_000), account="clearing:card")).leaves(
            HOLD, held_minor=4_000, frozen_minor=6_000
        )

    @pytest.mark.parametrize(("conceded_minor", "frozen_minor"), [(0, 3_000), (1_000, 2_000), (3_000, 0), (4_000, 0)])
    def test_what_a_dispute_frees_after_a_hit_is_frozen_but_for_what_goes_back_to_the_buyer(
        self, conceded_minor: int, frozen_minor: int
    ) -> None:
        dispute = DisputeId("dispute:PO-1/1")
        disputed = HoldDisputed(dispute=dispute, amount_minor=3_000, currency="USD")
        freed = HoldUndisputed(dispute=dispute, amount_minor=3_000, conceded_minor=conceded_minor, currency="USD")
        there = given(*paid(), on(HOLD, disputed, freed), *both(screened("hit")), opened())
        uow = UnitOfWork(there.world.load, actor=OPERATOR, occurred_at=AT)
        frozen = [
            command.amount for command in freeze_what_arrives(HOLD, freed, uow) if isinstance(command, FreezeHold)
        ]
        assert frozen == ([usd(frozen_minor)] if frozen_minor else [])

    def test_a_cleared_hit_unfreezes_nothing_by_itself(self) -> None:
        there = given(LISTED, *paid(), *both(), opened()).said(screen("hit"))
        there.when(screen()).leaves(HOLD, held_minor=0, frozen_minor=10_000)

    def test_a_second_hit_finds_nothing_left_to_freeze(self) -> None:
        given(LISTED, *paid(), *both(), opened()).said(screen("hit")).when(screen("hit")).then_topics("PartyScreened")


class TestPaying:
    """What is due waits while the exporter is blocked, and goes when it isn't any more."""

    def waiting(self, *, rules: Rules = RULES) -> Given:
        there = given(LISTED, *delivered(rules=rules), *both(), opened(BUYER), opened())
        return there.said(SUSPEND, ConfirmReceipt(order="PO-1"))

    def test_nothing_is_released_to_a_suspended_exporter(self) -> None:
        assert self.waiting().world.load(EXPORTER_PAYEE).aggregate is None

    def test_what_became_due_is_released_on_reinstatement(self) -> None:
        self.waiting().when(REINSTATE).leaves(EXPORTER_PAYEE, balance_minor=9_705)

    def test_reinstating_a_party_on_a_list_releases_nothing(self) -> None:
        self.waiting().said(screen("hit"), UnfreezeHold(order="PO-1", reason="licence")).when(REINSTATE).then(
            on(EXPORTER, REINSTATED)
        )

    def test_a_clear_screening_after_a_hit_releases_what_people_unfroze(self) -> None:
        there = given(LISTED, *delivered(), *both(), opened(BUYER), opened())
        there.said(screen("hit"), ConfirmReceipt(order="PO-1"), UnfreezeHold(order="PO-1", reason="mistake"))
        there.when(screen()).leaves(EXPORTER_PAYEE, balance_minor=9_705)

    def test_a_clear_screening_after_a_clear_one_looks_at_no_trade(self) -> None:
        there = given(LISTED, *both(screened()), opened())  # an open trade of an order that isn't there
        there.when(screen()).then_topics("PartyScreened")

    def test_a_reinstated_buyer_is_paid_nothing(self) -> None:
        there = given(LISTED, *delivered(), *both(), opened(BUYER), opened())
        there.said(SuspendParty(party="BUY-1", reason="under-review"))
        there.when(ReinstateParty(party="BUY-1", reason="cleared")).then(on(BUYER, REINSTATED))

    def test_a_refund_is_never_stopped_by_suspension(self) -> None:
        there = given(*paid(), *both(), opened(BUYER), opened())
        there.said(SUSPEND, SuspendParty(party="BUY-1", reason="under-review"))
        there.when(ProposeRefund(order="PO-1", amount=usd(4_000), reason="goodwill")).leaves(HOLD, refunded_minor=4_000)

    @pytest.mark.parametrize(
        ("events", "refusal"), [((SUSPENDED, screened("hit")), PartyIsSuspended), ((screened("hit"),), PartySanctioned)]
    )
    def test_a_blocked_party_is_known_as_one(self, events: tuple[Any, ...], refusal: Any) -> None:
        uow = UnitOfWork(given(*both(*events)).world.load, actor=OPERATOR, occurred_at=AT)
        assert is_blocked("EXP-1", uow)
        assert has_hit("EXP-1", uow)
        with pytest.raises(refusal):
            check_may_be_paid("EXP-1", uow)

    @pytest.mark.parametrize("party", ["BUY-1", "EXP-9"])
    def test_a_party_in_good_standing_and_one_that_is_not_registered_are_not_blocked(self, party: str) -> None:
        uow = UnitOfWork(given(*both(SUSPENDED)).world.load, actor=OPERATOR, occurred_at=AT)
        assert not is_blocked(party, uow)
        assert not has_hit(party, uow)
        check_may_be_paid(party, uow)


class TestLegalHold:
    PLACE, LIFT = PlaceLegalHold(party="EXP-1", reason="CS-114"), LiftLegalHold(party="EXP-1", reason="CS-114")
    PLACED, LIFTED = PartyLegalHoldPlaced(reason="CS-114"), PartyLegalHoldLifted(reason="CS-114")

    def test_a_party_is_kept_for_each_reason_until_that_one_is_lifted(self) -> None:
        given(*both()).when(self.PLACE).then(on(EXPORTER, self.PLACED)).leaves(EXPORTER, legal_holds=("CS-114",))
        other = PartyLegalHoldPlaced(reason="CS-200")
        given(*both(other, self.PLACED)).when(self.LIFT).then(on(EXPORTER, self.LIFTED)).leaves(
            EXPORTER, legal_holds=("CS-200",)
        )

    def test_a_reason_is_placed_once_and_lifted_once(self) -> None:
        given(*both(self.PLACED)).when(self.PLACE).refused(LegalHoldAlreadyPlaced, party="EXP-1", reason="CS-114")
        given(*both()).when(self.LIFT).refused(LegalHoldNotFound, party="EXP-1", reason="CS-114")


class TestForgetting:
    KEEP = msgspec.structs.replace(RULES, retention_days=365)

    def test_a_party_is_forgotten_with_the_fields_that_are_erased(self) -> None:
        named = PartyProfileChanged(field="name", commitment=NAME)
        addressed = PartyProfileChanged(field="address", commitment=ADDRESS)
        given(ruled(), *both(named, addressed)).when(FORGET).then(
            on(EXPORTER, PartyErased(erased_by=OPERATOR, fields=("address", "name")))
        ).leaves(EXPORTER, is_forgotten=True, profile={}, roles=("exporter",))

    def test_a_legal_hold_forbids_it(self) -> None:
        kept = both(PartyLegalHoldPlaced(reason="CS-114"))
        given(ruled(), *kept).when(FORGET).refused(PartyUnderLegalHold, party="EXP-1", reasons=("CS-114",))

    def test_an_open_trade_forbids_it(self) -> None:
        given(ruled(), *both(), opened()).when(FORGET).refused(PartyHasOpenTrades, party="EXP-1", open_trades=1)

    @pytest.mark.parametrize(
        ("days", "events"), [(0, ()), (10, (PartyTradeOpened(order="PO-1"), PartyTradeClosed(order="PO-1")))]
    )
    def test_retention_counts_from_the_last_trade_or_else_the_registration(
        self, days: int, events: tuple[Any, ...]
    ) -> None:
        there = given(ruled(self.KEEP), *both())
        for event in events:
            there.world.happen(Happened(EXPORTER, event), at=AT + timedelta(days=days))
        until = AT + timedelta(days=days + 365)
        there.when(FORGET, at=until - timedelta(microseconds=1)).refused(RetentionRunning, party="EXP-1", until=until)
        there.when(FORGET, at=until).then_topics("PartyErased")

    @pytest.mark.parametrize("command", [SUSPEND, PlaceLegalHold(party="EXP-1", reason="CS-114"), FORGET])
    def test_nothing_happens_any_more_to_a_forgotten_party(self, command: Command) -> None:
        given(ruled(), *both(FORGOTTEN)).when(command).refused(PartyForgotten, party="EXP-1")

    def test_money_for_an_old_trade_of_a_forgotten_party_opens_nothing(self) -> None:
        assert happened(given(*paid(1), *both(FORGOTTEN)).when(PAY), "party") == list(opened(BUYER))


def test_an_exporter_of_many_trades_is_folded_fast() -> None:
    """Twenty thousand events at once: a fold that copied every open trade at each would touch a hundred million."""
    events = [PartyTradeOpened(order=f"PO-{number}") for number in range(10_000)]
    party = party_of(registered(), *events, *(PartyTradeClosed(order=event.order) for event in events[:-1]))
    assert list(party.open_trades) == ["PO-9999"]


def test_a_hold_closed_twice_over_closes_a_trade_once() -> None:
    party = party_of(registered(), PartyTradeOpened(order="PO-1"), PartyTradeClosed(order="PO-1"))
    assert not evolve(party, PartyTradeClosed(order="PO-1"), EXPORTER, AT).open_trades  # type: ignore[attr-defined]
