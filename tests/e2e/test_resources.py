"""Resources over HTTP: each with its version, its links, and what its caller may say next, which is then accepted."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from api.composition import House, World, connected
from api.identity.caller import Caller
from domain import commands
from domain.money import Money
from domain.order import Line
from domain.side import person_of
from ledger.postgres import EmbeddedPostgres
from tests.e2e.test_http import Client, problem, usd
from tests.troubles import troubled_book

DATABASE = "resources"
OPERATOR = Caller("operator:third", "operator")
BUYER = Caller("buyer:clerk", "buyer", "BUY-T")
EXPORTER = Caller("exporter:clerk", "exporter", "EXP-T")
MEDIATOR = Caller("mediator:MED-9", "mediator")
AUDITOR = Caller("auditor:A", "auditor")
PARTNER = Caller("partner:clerk", "partner", "PAR-T")

RESOURCES = (
    *(f"orders/PO-{letter}" for letter in "ABCDEFGHI"),
    *(f"holds/PO-{letter}" for letter in "ABCDFGHI"),
    "orders/PO-A/disputes/1",
    "orders/PO-B/disputes/1",
    "orders/PO-D/disputes/2",
    "orders/PO-F/disputes/1",
    "orders/PO-B/disputes/1/claims/1",
    "orders/PO-F/disputes/1/claims/1",
    "orders/PO-C/amendments/1",
    "orders/PO-D/releases/1",
    "orders/PO-D/refunds/1",
    "orders/PO-K/releases/1",
    "orders/PO-B/clocks/offer/1/2",
    "commissions/PO-G",
    "agreements/AG-T",
    "accounts/hold:PO-I",
    "parties/EXP-T",
    "payees/EXP-T/USD",
    "rulebooks/troubled/1",
    "periods/2026-10",
)
LINKED = [path for path in RESOURCES if not path.startswith(("orders/PO-", "holds/")) or "/" in path[7:]]
LINKED += ["orders/PO-E", "orders/PO-F", "holds/PO-I"]
MAYBE_NONE = {"hold", "verification", "guarantee", "commission", "party", "explanation"}
"""Links to what there may not be yet: before an order is accepted, money moves, a month is sealed."""

SAID: dict[str, dict[str, Any]] = {
    "cancel": {"reason": "late"},
    "amend": {"change": {"ship_by": "2027-12-02"}},
    "amendment-decline": {"reason": "late"},
    "extend-inspection": {"days": 1},
    "clock-pause": {"reason": "holiday"},
    "clock-resume": {"reason": "over"},
    "freeze": {"reason": "fraud"},
    "unfreeze": {"reason": "fine"},
    "pay": {"amount": 1, "account": "clearing:card"},
    "charge-back": {"amount": 1, "account": "clearing:card"},
    "propose-refund": {"amount": 1, "reason": "late"},
    "reject-release": {"reason": "late"},
    "advance": {"amount": 1, "account": "bank:safeguarded:hdfc"},
    "dispute-open": {"claims": [{"kind": "other", "amount": 1}]},
    "dispute-answer": {"stance": "contests"},
    "dispute-offer": {"remedy": "refund"},
    "dispute-message": {"text": "Hello."},
    "dispute-recuse-mediator": {"reason": "ill"},
    "dispute-return-decision": {"reason": "unclear"},
    "dispute-decline-offer": {"reason": "too-little"},
    "dispute-assign-mediator": {"mediator": "MED-8"},
    "party-change": {"field": "name", "value": "Somebody"},
    "party-refer": {"starts_on": "2030-01-01"},
    "party-suspend": {"reason": "fraud"},
    "party-reinstate": {"reason": "fine"},
    "party-place-legal-hold": {"reason": "court"},
    "payee-repay": {"amount": 1, "account": "bank:safeguarded:hdfc"},
    "payee-declare-unclaimed": {"amount": 1, "reason": "gone"},
    "agreement-amend": {"starts_on": "2030-01-01", "terms": {"rate_bps": 100, "attribution_days": 30}},
    "agreement-end": {"ends_on": "2030-01-01", "reason": "over"},
}
"""What a body says beside what the action says itself; amounts are of the thing's own currency."""


@pytest.fixture(scope="module")
def house(postgres: EmbeddedPostgres, template: str) -> Iterator[House]:
    """Return a house whose book `main` is full of troubles, on the day after the last of them."""
    with troubled_book(postgres, template, database=DATABASE) as book:
        for command in _release_that_waits():
            book.say(command)
        now: datetime = book.clock.now
        with connected(postgres.dsn(DATABASE), world=World(clock=lambda: now)) as opened:
            opened.book("main").runner.catch_up()
            yield opened


def _release_that_waits() -> list[commands.Command]:
    """Sell so much that a second person looks at its release."""
    sold = commands.PlaceOrder(
        order="PO-K",
        buyer="BUY-T",
        exporter="EXP-T",
        currency="USD",
        lines=(Line(number=1, sku="SKU-1", quantity=1, amount_minor=2_000_000),),
        transport_mode="sea",
        ship_by=date(2027, 12, 1),
        rulebook="troubled/1",
    )
    return [
        sold,
        commands.AcceptOrder(order="PO-K"),
        commands.RecordPayment(order="PO-K", amount=Money("USD", 2_000_000), account="clearing:card"),
        commands.DispatchGoods(order="PO-K"),
        commands.RecordDelivery(order="PO-K"),
        commands.ConfirmReceipt(order="PO-K"),
    ]


def shown(house: House, path: str, caller: Caller = OPERATOR, **query: object) -> dict[str, Any]:
    with Client(house, "main", caller=caller) as client:
        answer = client.get(path, **query)
        assert answer.status_code == 200, (path, answer.text)
        said: dict[str, Any] = answer.json()
        return said


def actions(resource: dict[str, Any]) -> set[str]:
    return {action["action"] for action in resource["allowed"]}


@pytest.mark.parametrize("caller", [OPERATOR, EXPORTER, PARTNER], ids=lambda one: one.role)
def test_every_link_leads_where_its_caller_may_come(house: House, caller: Caller) -> None:
    seen: dict[str, int] = {}
    with Client(house, "main", caller=caller) as client:
        for path in LINKED:
            answer = client.get(path)
            if answer.status_code in {403, 404}:
                continue
            links = answer.json()["links"]
            assert links["self"] == f"/v1/books/main/{path}"
            links.pop("evidence_pack", None)  # takes a signed log, and long
            for word, link in links.items():
                if link not in seen:
                    seen[link] = client.get(link).status_code
                assert seen[link] in ({200, 404} if word in MAYBE_NONE else {200}), (path, word, link)
    assert seen


@pytest.mark.parametrize("caller", [OPERATOR, BUYER, EXPORTER, MEDIATOR], ids=lambda one: one.role)
def test_what_is_allowed_is_accepted_when_it_is_said(house: House, caller: Caller) -> None:
    tried: set[str] = set()
    with Client(house, "main", caller=caller) as client:
        for path in RESOURCES:
            resource = client.get(path).json()
            for action in resource.get("allowed", ()):
                if action["action"] in {"dispute-evidence", "party-screen"}:
                    continue
                body = {**SAID.get(action["action"], {}), **action["with"]}
                answer = client.post(f"{action['href']}?dry_run=true", _in_currency(body, resource))
                assert answer.status_code == 200, (path, action, answer.text)
                tried.add(action["action"])
    assert len(tried) >= {"operator": 25, "buyer": 5, "exporter": 5, "mediator": 5}[caller.role], sorted(tried)


def _in_currency(body: dict[str, Any], resource: dict[str, Any]) -> dict[str, Any]:
    currency = resource.get("currency", "USD")

    def told(value: Any) -> Any:
        if isinstance(value, list):
            return [told(each) for each in value]
        if isinstance(value, dict):
            return {name: _money(name, each, currency) or told(each) for name, each in value.items()}
        return value

    said: dict[str, Any] = told(body)
    return said


def _money(name: str, value: Any, currency: str) -> dict[str, object] | None:
    return {"minor": value, "currency": currency} if name == "amount" else None


def test_each_is_told_what_they_may_say_themselves(house: House) -> None:
    path = "orders/PO-B/disputes/1"
    assert "dispute-answer" in actions(shown(house, path, EXPORTER))
    assert "dispute-answer" not in actions(shown(house, path, BUYER))
    assert "dispute-withdraw" in actions(shown(house, path, BUYER))
    assert "dispute-withdraw" not in actions(shown(house, path, EXPORTER))
    assert shown(house, path, AUDITOR)["allowed"] == []
    assert actions(shown(house, "orders/PO-E", EXPORTER)) >= {"accept"}
    assert "accept" not in actions(shown(house, "orders/PO-E", BUYER))


def test_second_person_is_told_to_approve_and_the_first_is_not(house: House) -> None:
    waiting = shown(house, "orders/PO-K/releases/1")
    assert (waiting["state"], waiting["approvers"]["roles"]) == ("waiting", ["finance", "operator"])
    assert waiting["gross"] == usd(2_000_000)
    assert actions(waiting) == {"approve-release", "reject-release"}
    first = Caller(f"finance:{waiting['approvers']['but_not']}", "finance")
    assert person_of(waiting["proposed_by"]) == waiting["approvers"]["but_not"]
    assert actions(shown(house, "orders/PO-K/releases/1", first)) == set()
    decided = shown(house, "orders/PO-F/disputes/1", MEDIATOR)
    assert {"dispute-approve-decision", "dispute-return-decision"} <= actions(decided)
    author = Caller(f"mediator:{decided['mediator']}", "mediator")
    assert not {"dispute-approve-decision"} & actions(shown(house, "orders/PO-F/disputes/1", author))
    listed = {(row["order"], row["stands"]) for row in _rows(house, "releases", stands="waiting")}
    assert listed == {("PO-K", "waiting")}


def test_actions_name_the_deadline_that_they_are_to_be_said_by(house: House) -> None:
    order = shown(house, "orders/PO-F", BUYER)
    clocks = {row["clock"]: row for row in _rows(house, "deadlines", order="PO-F")}
    (confirm,) = [action for action in order["allowed"] if action["action"] == "confirm"]
    assert confirm["by"] == {"at": clocks["inspection"]["due_at"], "clock": "inspection"}
    asked = shown(house, "orders/PO-F/disputes/1", EXPORTER)
    bounds = [action["by"]["clock"] for action in asked["allowed"] if action["with"].get("request")]
    assert bounds == ["evidence"]


def _rows(house: House, path: str, caller: Caller = OPERATOR, **query: object) -> list[Any]:
    with Client(house, "main", caller=caller) as client:
        return client.rows(path, **query)


def test_of_the_past_nothing_is_allowed_and_the_version_is_that_of_then(house: House) -> None:
    now = shown(house, "orders/PO-C")
    first = next(row for row in _rows(house, "orders/PO-C/timeline") if row["topic"] == "order.placed")["position"]
    then = shown(house, "orders/PO-C", at_position=first)
    assert (then["allowed"], then["version"], then["status"]) == ([], 1, "placed")
    assert now["version"] > 1
    with Client(house, "main") as client:
        answer = client.post("orders/PO-C/cancel", {"reason": "x"}, if_match='"1"')
        problem(answer, 412, "version.differs")


def test_hold_says_what_is_kept_and_where_the_rest_went(house: House) -> None:
    frozen = shown(house, "holds/PO-I")
    kept = sum(frozen[part]["minor"] for part in ("held", "disputed", "frozen"))
    assert (kept, frozen["status"], frozen["frozen"]["minor"] > 0) == (frozen["received"]["minor"], "open", True)
    assert [step["paid"] for step in frozen["steps"]] == [step["amount"] for step in frozen["steps"]]
    assert {"unfreeze", "freeze", "pay"} <= actions(frozen)
    listed = {row["order"]: row for row in _rows(house, "holds")}
    assert {name: listed["PO-I"][name] for name in ("held", "frozen")} == {
        name: frozen[name] for name in ("held", "frozen")
    }
    assert "PO-E" not in listed
    with Client(house, "main") as client:
        problem(client.get("holds/PO-E"), 404, "reference.not_found")


def test_amendments_refunds_and_commission_say_what_became_of_them(house: House) -> None:
    amendments = _rows(house, "orders/PO-C/amendments")
    assert [one["number"] for one in amendments] == [*range(1, len(amendments) + 1)]
    assert {one["state"] for one in amendments} <= {"waiting", "accepted", "declined"}
    assert shown(house, "orders/PO-C/amendments/1")["total"] == amendments[0]["total"]
    refund = shown(house, "orders/PO-D/refunds/1")
    assert (refund["state"], refund["by_rule"], refund["recovered"]) == ("executed", True, refund["amount"])
    commission = shown(house, "commissions/PO-G", PARTNER)
    parts = ("clawed_back", "earned", "unearned")
    assert commission["accrued"]["minor"] == sum(commission[part]["minor"] for part in parts)
    with Client(house, "main") as client:
        problem(client.get("orders/PO-C/amendments/99"), 404, "order.amendment_not_found")
        problem(client.get("orders/PO-D/refunds/99"), 404, "refund.not_found")
        problem(client.get("orders/PO-D/releases/99"), 404, "release.not_found")
        problem(client.get("commissions/PO-E"), 404, "commission.not_found")
        problem(client.get("orders/PO-B/clocks/nothing"), 404, "clock.not_running")
        problem(client.get("orders/PO-F/disputes/1/claims/9"), 404, "dispute.claim_absent")


def test_parts_of_a_dispute_are_those_that_stand_in_it(house: House) -> None:
    for path in ("orders/PO-A/disputes/1", "orders/PO-B/disputes/1", "orders/PO-F/disputes/1"):
        whole = shown(house, path)
        for part in ("claims", "evidence", "offers", "decisions"):
            numbers = [row["number"] for row in _rows(house, f"{path}/{part}")]
            assert numbers == [one["number"] for one in whole[part]]
    appeals = _rows(house, "orders/PO-A/disputes/1/appeals")
    assert [row["claim"] for row in appeals if row["appealed_by"]] != []


def test_drafts_and_the_clock_by_which_they_are_read_are_no_sides(house: House) -> None:
    assert len(_rows(house, "orders/PO-F/disputes/1/decisions", MEDIATOR)) == 1
    assert _rows(house, "orders/PO-F/disputes/1/decisions", BUYER) == []
    assert "decision" not in str(shown(house, "orders/PO-F/disputes/1", BUYER)["allowed"])


def test_clock_is_paused_and_may_be_resumed(house: House) -> None:
    clock = shown(house, "orders/PO-B/clocks/offer/1/2", MEDIATOR)
    assert (clock["state"], clock["kind"], actions(clock)) == ("paused", "offer", {"clock-resume"})
    stopped = shown(house, "orders/PO-B/clocks/offer/1/1")
    assert (stopped["state"], stopped["because"]) == ("stopped", "dispute.offer_made")


def test_accounts_and_agreements_are_listed_to_whom_they_belong(house: House) -> None:
    whole, own = _rows(house, "accounts", limit=1_000), _rows(house, "accounts", EXPORTER)
    assert {row["account"] for row in own} <= {row["account"] for row in whole}
    assert {row["account"].rpartition(":")[2] for row in own} == {"EXP-T"}
    (hold,) = shown(house, "accounts/hold:PO-I")["balances"]
    assert hold["balance"] == shown(house, "holds/PO-I")["held"]
    assert [row["agreement"] for row in _rows(house, "agreements", PARTNER)] == ["AG-T"]
    assert {row["agreement"] for row in _rows(house, "agreements")} == {"AG-T", "AG-U"}
    with Client(house, "main", caller=EXPORTER) as client:
        problem(client.get("accounts/hold:PO-H"), 404, "account.never_posted")
        problem(client.get("accounts/clearing:card"), 404, "account.never_posted")
