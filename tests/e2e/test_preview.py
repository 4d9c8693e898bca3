"""Looking ahead over HTTP and on the command line: candidates side by side, and carrying one of them out."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.composition import House, OpenedBook, connected, utc_now
from tests.books import checked_log
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run, on_book
from tests.e2e.test_http import Client, paid, placed, problem, usd

OPERATOR: dict[str, Any] = {"ledger_actor": "operator:api", "ledger_role": "operator"}
MEDIATOR: dict[str, Any] = {"ledger_actor": "mediator:MED-1", "ledger_role": "mediator"}
SEAMS = "Every seam of the second bale is torn."
RULES = {"service_fee_bps": 250, "service_fee_tax_bps": 1_800, "four_eyes_from": {"USD": usd(1_000_000)}}

_books = count(1)


@pytest.fixture
def dsn(shared_database: str) -> str:
    """Return the database of this file's tests: each of them has a book of its own in it."""
    return shared_database


@pytest.fixture(scope="module")
def house(shared_database: str) -> Iterator[House]:
    with connected(shared_database) as opened:
        yield opened


@pytest.fixture
def opened(house: House) -> OpenedBook:
    book = house.book(f"book-{next(_books)}")
    book.found()
    return book


@pytest.fixture
def client(client: Client) -> Client:
    """Open a book in which MED-1 may decide claims of 60.00 and 90.00 about PO-1, which is worth 300.00."""
    prepare(client)
    return client


@pytest.fixture(scope="module")
def still(house: House) -> Iterator[Client]:
    """Open another one, for those who only look."""
    house.book("still").found()
    with Client(house, "still") as caller:
        prepare(caller)
        yield caller


@pytest.fixture
def ledger(client: Client, trade_ledger: Run) -> Run:
    """Return the program on the book that the test may change."""
    return on_book(trade_ledger, client.book.rpartition("/")[2])


@pytest.fixture
def looking(still: Client, trade_ledger: Run) -> Run:
    """Return the program on the book that nobody changes."""
    return on_book(trade_ledger, still.book.rpartition("/")[2])


def prepare(client: Client) -> None:
    published(client, "fees/1", RULES)
    client.done("rulebooks", {"rulebook": "fees/2", "rules": RULES | {"service_fee_bps": 500}})
    mediated(client)


def published(client: Client, rulebook: str, rules: dict[str, Any]) -> None:
    client.done("rulebooks", {"rulebook": rulebook, "rules": rules}, ledger_actor="operator:first")
    client.done(f"rulebooks/{rulebook}/approve", ledger_actor="operator:second")
    client.done(f"rulebooks/{rulebook}/publish")


def mediated(client: Client, order: str = "PO-1") -> None:
    """Let claims be made four days ago; everything before is five days old."""

    def at(days: float, **body: object) -> dict[str, object]:
        return body | {"occurred_at": (utc_now() - timedelta(days=days)).isoformat()}

    client.done("orders", placed(order, steps=[], rulebook="fees/1") | at(5))
    client.done(f"orders/{order}/accept", at(5))
    client.done(f"orders/{order}/pay", paid(30_000) | at(5))
    client.done(f"orders/{order}/dispatch", at(5))
    claims = [{"kind": "quality", "line": 1, "quantity": 2}, {"kind": "other", "amount": usd(9_000)}]
    client.done(f"orders/{order}/disputes", at(4, claims=claims))
    client.done(f"orders/{order}/disputes/1/escalate", {"side": "buyer"})
    client.done(f"orders/{order}/disputes/1/assign-mediator", {"mediator": "MED-1"})
    client.done(f"orders/{order}/disputes/1/declare-conflict", {"conflict": False}, **MEDIATOR)
    client.done(f"orders/{order}/disputes/1/withdraw", {"claim": 2})


def compared(*remedies: str | tuple[str, int], **other: Any) -> dict[str, Any]:
    """Return a preview of remedies for the first claim, as decisions of MED-1."""
    said = [{"kind": r} if isinstance(r, str) else {"kind": r[0], "amount": usd(r[1])} for r in remedies]
    about = {"order": "PO-1", "claim": 1, "remedies": said, "mediator": "MED-1"}
    rulebooks = other.pop("rulebooks", [])
    return {"remedies": about | other, "rulebooks": rulebooks}


def looked_at(kind: str, **fields: object) -> dict[str, Any]:
    """Return a preview of one command."""
    return {"candidates": [{"command": {"type": kind} | fields}]}


def execute(client: Client, view: dict[str, Any], candidate: int = 1, **headers: Any) -> httpx.Response:
    return client.post(f"previews/{view['preview']}/{candidate}/execute", **(MEDIATOR | headers))


def log_of(opened: OpenedBook) -> list[Any]:
    return [*checked_log(opened.pool, opened.name)]


class TestHttp:
    def test_remedies_are_compared_side_by_side_and_nothing_is_recorded(
        self, client: Client, opened: OpenedBook
    ) -> None:
        log = log_of(opened)
        view = client.done("previews", compared("refund", ("partial-refund", 1_500), "none"))
        assert log_of(opened) == log
        refund, part, none = view["candidates"]
        assert [each["name"] for each in view["candidates"]] == ["refund", "partial-refund 15.00", "none"]
        assert [each["number"] for each in view["candidates"]] == [1, 2, 3]
        assert {(each["actor"], each["role"], each["executable"]) for each in view["candidates"]} == {
            ("mediator:MED-1", "mediator", True)
        }
        # of 300.00, what isn't refunded is released: less 2.5 % (half a cent goes to the even one), and 18 % of that
        expected = {
            "refund": (6_000, 24_000 - 600 - 108, 600, 108),
            "partial-refund 15.00": (1_500, 28_500 - 712 - 128, 712, 128),
            "none": (0, 30_000 - 750 - 135, 750, 135),
        }
        fields = ("buyer_refunded", "exporter_released", "service_fee", "service_fee_tax")
        for each in (refund, part, none):
            money = each["in_the_end"]["money"]
            assert tuple(money[field]["minor"] for field in fields) == expected[each["name"]]
            assert each["at_once"]["entries"] == []
            assert {clock["clock"]: clock["move"] for clock in each["at_once"]["clocks"]} == {
                "review/1": "stopped",
                "appeal/1/1": "started",
            }

    def test_executing_records_exactly_what_was_shown(self, client: Client) -> None:
        client.done("orders/PO-1/disputes/1/offer", {"claim": 1, "side": "exporter", "remedy": "refund"})
        accepting = {"type": "AcceptOffer", "order": "PO-1", "offer": 1, "side": "buyer"}
        view = client.done("previews", {"candidates": [{"command": accepting}]})
        (shown,) = view["candidates"]
        made = execute(client, view, **OPERATOR).json()
        client.get("journal", min_position=made["position"])
        journal = client.rows("journal", after=made["first_position"] - 1)
        assert [(entry["topic"], bare(entry["postings"])) for entry in journal] == [
            (entry["topic"], bare(entry["postings"])) for entry in shown["at_once"]["entries"]
        ]
        assert shown["at_once"]["money"]["buyer_refunded"]["minor"] == 6_000

    def test_executing_is_refused_once_the_dispute_has_moved_on(self, client: Client, opened: OpenedBook) -> None:
        view = client.done("previews", compared("refund", "none"))
        client.done("orders/PO-1/disputes/1/offer", {"claim": 1, "side": "buyer", "remedy": "refund"})
        log = log_of(opened)
        details = problem(execute(client, view, 2), 409, "preview.overtaken")
        assert (details["preview"], details["candidate"], details["cause"]) == (view["preview"], 2, "version.differs")
        assert details["about"]["reference"] in {"dispute:PO-1/1", "clock:PO-1"}
        assert log_of(opened) == log

    def test_another_trade_of_the_same_exporter_is_no_reason(self, client: Client) -> None:
        view = client.done("previews", compared("none"))
        client.done("orders", placed("PO-2", steps=[]))
        client.done("orders/PO-2/accept")
        client.done("orders/PO-2/pay", paid(30_000))
        client.done("orders/PO-2/dispatch")
        client.done("orders/PO-2/confirm")
        assert execute(client, view).status_code == 201

    def test_a_retry_answers_as_the_first_time_under_any_key(self, client: Client) -> None:
        view = client.done("previews", compared("refund", "none"))
        first = execute(client, view, 2, key="mine")
        for key in ("mine", "another"):
            again = execute(client, view, 2, key=key)
            assert (again.status_code, again.json()) == (200, first.json() | {"repeated": True})
        problem(execute(client, view, 1), 409, "preview.overtaken")
        keyless = client.run(client.ask("POST", f"previews/{view['preview']}/2/execute"))
        problem(keyless, 400, "request.idempotency_key_missing")

    def test_findings_are_kept_and_stand_in_the_decision(self, client: Client, opened: OpenedBook) -> None:
        said = compared("refund", findings=[{"text": SEAMS}], reason="defects-shown")
        made = execute(client, client.done("previews", said)).json()
        ruling = made["events"][0]["event"]["rulings"][0]
        (finding,) = ruling["findings"]
        assert (ruling["reason"], opened.confidential.find(finding["text"])) == ("defects-shown", SEAMS.encode())
        assert opened.confidential.sweep(orphans_after=timedelta(0)).orphans == 0

    def test_a_preview_whose_texts_are_gone_is_not_carried_out(self, client: Client, opened: OpenedBook) -> None:
        view = client.done("previews", compared("refund", findings=[{"text": SEAMS}]))
        assert opened.confidential.sweep(orphans_after=timedelta(0)).orphans == 1
        details = problem(execute(client, view), 409, "preview.overtaken")
        assert details["cause"] == "confidential.erased"

    def test_offers_are_compared_as_if_taken(self, client: Client) -> None:
        offers = compared("replacement", ("partial-refund", 2_000), **{"as": "offer", "side": "exporter"})
        view = client.done("previews", offers)
        replaced, part = view["candidates"]
        assert (replaced["command"], replaced["actor"], replaced["role"]) == ("MakeOffer", "operator:api", "operator")
        assert "replacement/1/1" in {clock["clock"] for clock in replaced["in_the_end"]["clocks"]}
        assert part["at_once"]["money"]["buyer_refunded"]["minor"] == 0
        assert part["in_the_end"]["money"]["buyer_refunded"]["minor"] == 2_000
        made = execute(client, view, 2, **OPERATOR).json()
        assert made["events"][0]["event"]["remedy"] == {"kind": "partial-refund", "amount_minor": 2_000}

    def test_other_rules_stand_beside_those_in_force_and_cannot_be_carried_out(self, client: Client) -> None:
        view = client.done("previews", compared("none", rulebooks=["fees/2"]))
        stands, other = view["candidates"]
        assert (stands["name"], other["name"]) == ("none", "none, rules fees/2")
        assert (stands["executable"], other["executable"]) == (True, False)
        fees = [each["in_the_end"]["money"]["service_fee"]["minor"] for each in (stands, other)]
        assert fees == [750, 1_500]
        problem(execute(client, view, 2), 404, "preview.not_found")
        assert execute(client, view, 1).status_code == 201

    def test_what_would_be_refused_says_why_beside_what_would_not(self, still: Client) -> None:
        view = still.done("previews", compared(("partial-refund", 6_001), "refund"))
        refused, fine = view["candidates"]
        assert refused["refusal"]["code"] == "dispute.remedy_exceeds_claim"
        assert (refused["executable"], refused["in_the_end"]["entries"]) == (False, [])
        assert (fine["refusal"], fine["executable"]) == (None, True)
        problem(execute(still, view, 1), 404, "preview.not_found")

    def test_any_command_about_an_order_may_be_looked_at_by_anybody(self, still: Client) -> None:
        freezing = {"type": "FreezeHold", "order": "PO-1", "reason": "under-review"}
        message = {"type": "PostMessage", "order": "PO-1", "text": "Hello."}
        nowhere = {"type": "ConfirmReceipt", "order": "PO-404"}
        confirming = {"command": {"type": "ConfirmReceipt", "order": "PO-1"}, "actor": "buyer:BUY-1", "role": "buyer"}
        candidates = [{"command": freezing, "name": "stop"}, {"command": message}, {"command": nowhere}, confirming]
        at = (utc_now() + timedelta(days=1)).isoformat()
        view = still.done("previews", {"candidates": candidates, "at": at}, ledger_actor="operator:second")
        told = [(each["name"], each["actor"], each["order"], each["currency"]) for each in view["candidates"]]
        assert told == [
            ("stop", "operator:second", "PO-1", "USD"),
            ("PostMessage", "operator:second", "PO-1", "USD"),
            ("ConfirmReceipt", "operator:second", "PO-404", ""),
            ("ConfirmReceipt", "buyer:BUY-1", "PO-1", "USD"),
        ]
        assert view["candidates"][2]["refusal"]["code"] == "reference.not_found"
        released = view["candidates"][3]["at_once"]["money"]["exporter_released"]["minor"]
        assert released == 24_000 - 600 - 108  # 60.00 are claimed

    def test_it_took_place_when_the_caller_says(self, client: Client) -> None:
        view = client.done("previews", compared("none"))
        said_at = (utc_now() - timedelta(minutes=1)).replace(microsecond=0)
        made = client.done(f"previews/{view['preview']}/1/execute", {"occurred_at": said_at.isoformat()}, **MEDIATOR)
        assert made["events"][0]["occurred_at"] == said_at.isoformat().replace("+00:00", "Z")

    @pytest.mark.parametrize(
        ("body", "status", "code", "told"),
        [
            ({}, 400, "preview.malformed", "candidates"),
            ({"candidate": []}, 400, "request.body_malformed", "candidate"),
            ({"candidates": [{}]}, 400, "request.body_malformed", "command"),
            (looked_at("OpenBook"), 400, "preview.candidate_malformed", "OpenBook"),
            (looked_at("ConfirmReceipt", order="PO-1", x=1), 400, "preview.candidate_malformed", "`x`"),
            ({"remedies": {"order": "PO-1", "claim": 1, "remedies": [{"kind": "gift"}]}}, 400, "request.body", "gift"),
            (compared("none", rulebooks=["fees/9"]), 404, "rulebook.not_found", "fees/9"),
            (compared("none", rulebooks=["fees/\0"]), 400, "reference.malformed", "rulebook"),
            (looked_at("ConfirmReceipt", order="PO\0"), 400, "reference.malformed", "order"),
            (compared("none", mediator="MED 1"), 400, "submission.malformed", "actor"),
            (compared("none", order="PO 1"), 400, "reference.malformed", "order"),
            (compared("none") | {"at": "2026-03-01T12:00:00"}, 400, "submission.malformed", "occurred_at"),
        ],
    )
    def test_what_cannot_be_meant_is_named(
        self, still: Client, body: dict[str, Any], status: int, code: str, told: str
    ) -> None:
        response = still.post("previews", body)
        assert (response.status_code, response.json()["code"][: len(code)]) == (status, code), response.text
        assert told in json.dumps(response.json()["details"])

    def test_name_that_no_database_takes_harms_nothing(self, still: Client) -> None:
        freezing = looked_at("FreezeHold", order="PO-1", reason="\0")
        view = still.done("previews", freezing)
        assert view["candidates"][0]["refusal"]["code"] == "reference.malformed"
        lines = [{"number": 1, "sku": "S", "quantity": 1, "amount": usd(1)}]
        strange = {
            "buyer": "B",
            "rulebook": "\0",
            "exporter": "E",
            "currency": "USD",
            "lines": lines,
            "transport_mode": "sea",
        }
        placing = looked_at("PlaceOrder", order="PO-9", ship_by="2999-01-01", **strange)
        assert still.done("previews", placing)["candidates"][0]["refusal"]["code"] == "reference.not_found"

    def test_preview_that_does_not_exist_is_not_found(self, still: Client) -> None:
        problem(execute(still, {"preview": "none"}), 404, "preview.not_found")
        problem(execute(still, {"preview": "none"}, 21), 400, "request.parameter_malformed")
        described = still.get("/openapi.json").json()["paths"]["/v1/books/{book}/previews"]["post"]
        assert described["requestBody"]["content"]["application/json"]["schema"]["properties"]["candidates"]


def bare(postings: list[dict[str, Any]]) -> set[tuple[str, str, int]]:
    """Return postings without the balances after them."""
    return {(each["account"], each["currency"], each["amount"]["minor"]) for each in postings}


class TestCommandLine:
    REMEDIES = ("--claim", "1", "--remedy", "refund", "--remedy", "partial-refund:15.00", "--remedy", "none")
    DECIDES = ("--as", "decision", "--mediator", "MED-1")

    def test_a_decision_is_compared_and_carried_out(self, ledger: Run, opened: OpenedBook) -> None:
        log = log_of(opened)
        finding = ("--finding", f"1={SEAMS}", "--reason", "defects-shown")
        ran = ledger("preview", "PO-1/1", *self.REMEDIES, *self.DECIDES, *finding, "--json")
        assert (ran.status, log_of(opened)) == (DONE, log), ran
        view = ran.json
        refunds = [each["in_the_end"]["money"]["buyer_refunded_minor"] for each in view["candidates"]]
        assert refunds == [6_000, 1_500, 0]
        unchosen = ledger("execute", "--preview", view["preview"])
        assert (unchosen.status, unchosen.err[:29]) == (WRONG_USAGE, "preview.candidate_not_chosen:")
        made = ledger("execute", "--preview", view["preview"], "--candidate", "2", "--json")
        assert made.status == DONE, made
        decided = made.json["events"][0]
        assert (decided["topic"], decided["actor"]) == ("dispute.decision_proposed", "mediator:MED-1")
        assert decided["event"]["rulings"][0]["remedy"] == {"kind": "partial-refund", "amount_minor": 1_500}
        again = ledger("execute", "--preview", view["preview"], "--candidate", "2", "--json")
        assert again.json == made.json | {"repeated": True}
        late = ledger("execute", "--preview", view["preview"], "--candidate", "1")
        assert (late.status, late.out) == (REFUSED, "")
        assert "the dispute has moved on" in late.err
        as_json = ledger("execute", "--preview", view["preview"], "--candidate", "1", "--json")
        assert (as_json.status, as_json.json["code"]) == (REFUSED, "preview.overtaken")

    def test_the_only_candidate_needs_no_number(self, ledger: Run) -> None:
        view = ledger("preview", "PO-1", "--remedy", "none", "--mediator", "MED-1", "--json").json
        assert ledger("execute", "--preview", view["preview"]).status == DONE
        assert ledger("execute", "--preview", "none").err.startswith("preview.not_found: preview=none")

    def test_people_read_a_table_with_a_column_a_candidate(self, looking: Run) -> None:
        shown = looking("preview", "PO-1/1", *self.REMEDIES, *self.DECIDES).out
        for told in (
            "1 refund",
            "2 partial-refund 15.00",
            "3 none",
            "mediator:MED-1",
            "refunded to the buyer",
            "0.00 → 60.00 USD",
            "0.00 → 15.00 USD",
            "released to the exporter, net",
            "service fee",
            "appeal/1/1 started, until",
            "hold.refunded",
            "Cr refundable:buyer:BUY-1 60.00 USD",
            "execute --preview",
        ):
            assert told in shown, told

    def test_offers_and_other_rules_are_compared(self, looking: Run) -> None:
        offer = ("--as", "offer", "--side", "exporter", "--remedy", "partial-refund:20.00", "--rulebook", "fees/2")
        view = looking("preview", "PO-1/1", *offer, "--json").json
        assert [each["name"] for each in view["candidates"]] == [
            "partial-refund 20.00",
            "partial-refund 20.00, rules fees/2",
        ]
        assert [each["in_the_end"]["money"]["service_fee_minor"] for each in view["candidates"]] == [700, 1_400]

    def test_a_plan_of_any_commands_is_compared(self, looking: Run, tmp_path: Path) -> None:
        plan = tmp_path / "plan.json"
        confirming = {"command": {"type": "ConfirmReceipt", "order": "PO-1"}, "name": "confirm", "role": "buyer"}
        freezing = {"command": {"type": "FreezeHold", "order": "PO-1", "reason": "x"}, "rulebook": "standard/1"}
        plan.write_text(json.dumps({"candidates": [confirming, freezing]}), encoding="utf-8")
        ran = looking("preview", "--file", str(plan), "--json")
        assert ran.status == DONE, ran
        assert [each["name"] for each in ran.json["candidates"]] == ["confirm", "FreezeHold, rules standard/1"]
        refused = looking("preview", "--file", str(plan), "--at", f"{utc_now() - timedelta(days=9):%Y-%m-%d}")
        assert refused.status == DONE

    @pytest.mark.parametrize(
        ("arguments", "status", "begins"),
        [
            ("preview", WRONG_USAGE, "preview.malformed: field=candidates"),
            ("preview PO-1/1", WRONG_USAGE, "preview.malformed: field=candidates"),
            ("preview PO-1/1 --remedy gift", WRONG_USAGE, "argument.malformed: argument=remedy"),
            ("preview PO-404 --remedy refund:1", REFUSED, "order.not_found: order=PO-404"),
            ("preview PO-1 --remedy none --finding 2=x", WRONG_USAGE, "argument.malformed: argument=finding"),
            ("preview PO-1 --remedy none --rulebook fees/9", REFUSED, "rulebook.not_found: rulebook=fees/9"),
            ("preview --file PLAN", WRONG_USAGE, "argument.malformed: argument=file"),
            ("execute --preview none --candidate 1", REFUSED, "preview.not_found: preview=none candidate=1"),
        ],
    )
    def test_what_is_wrong_is_one_line(
        self, looking: Run, tmp_path: Path, arguments: str, status: int, begins: str
    ) -> None:
        plan = tmp_path / "plan.json"
        plan.write_text('{"candidate": []}', encoding="utf-8")
        ran = looking(*(str(plan) if argument == "PLAN" else argument for argument in arguments.split(" ")))
        assert (ran.status, ran.out) == (status, ""), ran
        assert len(ran.err.splitlines()) == 1
        assert ran.err.startswith(begins)
