"""Accounting periods over HTTP and on the command line: closed, reopened by two people, compared, verified."""

from functools import partial

import pytest

from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run
from tests.e2e.test_http import Client, problem
from tests.tampering import tampering

SECOND = {"ledger_actor": "finance:second"}


@pytest.fixture
def ledger(founded: Run) -> Run:
    """Return `trade-ledger period` on the test's own database, founded."""
    return partial(founded, "period")


@pytest.fixture
def client(client: Client) -> Client:
    """Open the book `main` to HTTP, with two orders of January 2026 that are to be paid."""
    for order in ("PO-1", "PO-2"):
        client.done("orders", ordered(order) | {"occurred_at": "2026-01-10T09:00:00Z"})
        client.done(f"orders/{order}/accept", {"occurred_at": "2026-01-10T10:00:00Z"})
    return client


def ordered(order: str) -> dict[str, object]:
    return {
        "order": order,
        "buyer": "BUY-1",
        "exporter": "EXP-1",
        "currency": "USD",
        "lines": [{"number": 1, "sku": "SKU-1", "quantity": 10, "amount": {"minor": 10_000, "currency": "USD"}}],
        "transport_mode": "sea",
        "ship_by": "2026-12-01",
    }


def paid(client: Client, order: str) -> str:
    """Pay an order in January, and return the day it was posted on."""
    amount = {"currency": "USD", "minor": 10_000}
    body = {"amount": amount, "account": "clearing:card", "occurred_at": "2026-01-20T10:00:00Z"}
    outcome = client.done(f"orders/{order}/pay", body)
    return str(next(event["posting_date"] for event in outcome["events"] if event["topic"] == "hold.payment_received"))


class TestHttp:
    def test_a_month_is_closed_sealed_reopened_and_closed_again(self, client: Client) -> None:
        assert paid(client, "PO-1") == "2026-01-20"
        closed = client.done("periods/2026-01/close", **SECOND)
        assert all(check["passed"] for check in closed["checks"])
        assert closed["period"]["state"] == "sealed"
        assert closed["period"]["closings"][0]["said"]["actor"] == "finance:second"
        assert paid(client, "PO-2") == "2026-02-01"

        proposed = client.done("periods/2026-01/propose-reopening", {"reason": "payment-missing"})
        number = proposed["events"][0]["event"]["number"]
        own = client.post("periods/2026-01/approve-reopening", {"number": number})
        problem(own, 403, "proposal.approver_is_proposer")
        client.done("periods/2026-01/approve-reopening", {"number": number}, **SECOND)
        assert client.get("periods/2026-01").json()["state"] == "open"
        client.done("periods/2026-01/close")

        view = client.get("periods/2026-01").json()
        assert [(one["closing"], one["stands"]) for one in view["closings"]] == [(1, False), (2, True)]
        (reopening,) = view["reopenings"]
        assert (reopening["state"], reopening["reason"]) == ("approved", "payment-missing")
        assert (reopening["proposed"]["actor"], reopening["decided"]["actor"]) == ("operator:api", "finance:second")
        (listed,) = client.rows("periods")
        assert listed.items() <= view.items()
        assert [seal["holds"] for seal in client.rows("periods/2026-01/verify")] == [True, True]
        query = {"with": "2026-01", "closing": 1, "with_closing": 2}
        assert client.get("periods/2026-01/compare", **query).json()["same"] is True

    def test_the_same_key_again_gives_the_same_period(self, client: Client) -> None:
        first = client.post("periods/2026-01/close", key="close-january")
        again = client.post("periods/2026-01/close", key="close-january")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["period"] == again.json()["period"]
        problem(client.post("periods/2026-01/close"), 409, "period.is_closed")

    def test_nobody_seals_by_hand(self, client: Client) -> None:
        assert client.post("periods/2026-01/seal").status_code == 404

    @pytest.mark.parametrize(
        ("path", "body", "answer"),
        [
            ("periods/2026-13/close", {}, (400, "request.parameter_malformed")),
            ("periods/9999-12/close", {}, (409, "period.not_over")),
            ("periods/2026-01/propose-reopening", {"reason": "late"}, (409, "period.not_closed")),
            ("periods/2026-01/approve-reopening", {"number": 1}, (404, "proposal.not_found")),
            ("periods/2026-01/reject-reopening", {"number": 1, "reason": "no"}, (404, "proposal.not_found")),
            ("periods/2026-01/close", {"period": "2026-02"}, (400, "request.body_malformed")),
        ],
    )
    def test_what_cannot_be_said_is_refused_by_name(
        self, client: Client, path: str, body: dict[str, object], answer: tuple[int, str]
    ) -> None:
        problem(client.post(path, body), *answer)

    @pytest.mark.parametrize(
        ("path", "query", "answer"),
        [
            ("periods/2026-1", {}, (400, "request.parameter_malformed")),
            ("periods/2026-01/verify", {}, (404, "period.closing_not_found")),
            ("periods/2026-01/compare", {"with": "2026-02"}, (404, "period.closing_not_found")),
            ("periods/2026-01/compare", {}, (400, "request.parameter_malformed")),
        ],
    )
    def test_what_is_not_there_is_told_by_name(
        self, client: Client, path: str, query: dict[str, str], answer: tuple[int, str]
    ) -> None:
        problem(client.get(path, **query), *answer)

    def test_books_that_do_not_add_up_are_not_closed(self, client: Client) -> None:
        paid(client, "PO-1")
        desk = client.app.state.desk.house.book("main")
        desk.runner.catch_up()
        with desk.pool.connection() as connection:
            connection.execute("UPDATE projections.orders SET held_minor = held_minor + 1 WHERE book = 'main'")
        response = client.post("periods/2026-01/close")
        problem(response, 409, "period.check_failed")
        assert response.json()["details"]["check"] == "proof of holds agrees"
        assert client.rows("periods") == []


class TestCommandLine:
    def test_finance_closes_reopens_and_compares(self, ledger: Run, client: Client) -> None:
        paid(client, "PO-1")
        closed = ledger("close", "2026-01")
        assert closed.status == DONE
        assert "no projection behind" in closed.out
        assert "2026-01#1" in closed.out
        assert ledger("reopen", "2026-01", "--reason", "payment-missing").status == DONE
        own = ledger("approve-reopening", "2026-01", "1")
        assert (own.status, "proposal.approver_is_proposer" in own.err) == (REFUSED, True)
        assert ledger("approve-reopening", "2026-01", "1", "--actor", "finance:second").status == DONE
        assert paid(client, "PO-2") == "2026-01-20"
        assert ledger("close", "2026-01", "--json").json["period"]["state"] == "sealed"
        shown = ledger("show", "2026-01")
        assert all(said in shown.out for said in ("2026-01#2", "payment-missing", "finance:second", "holds"))
        compared = ledger("compare", "2026-01#1", "2026-01#2")
        assert all(said in compared.out for said in ("-100.00", "-200.00", "2 and 3 accounts, not every one the same"))
        assert [seal["holds"] for seal in ledger("verify", "2026-01", "--json").json] == [True, True]
        listed = ledger("list", "--json").json
        assert [(view["period"], view["state"], len(view["closings"])) for view in listed] == [("2026-01", "sealed", 2)]

    def test_a_rejected_reopening_leaves_the_month_closed_and_shows(self, ledger: Run) -> None:
        assert ledger("close", "2026-01", "--actor", "finance:first").status == DONE
        assert ledger("reopen", "2026-01", "--reason", "late").status == DONE
        rejected = ledger("reject-reopening", "2026-01", "1", "--reason", "too-late", "--actor", "finance:second")
        assert rejected.status == DONE
        shown = ledger("show", "2026-01", "--json").json["period"]
        assert (shown["state"], shown["reopenings"][0]["rejected_because"]) == ("sealed", "too-late")
        assert "rejected" in ledger("show", "2026-01").out
        assert ledger("list").status == DONE

    def test_a_refusal_says_what_comes_first(self, ledger: Run) -> None:
        assert ledger("close", "2026-01").status == DONE
        skipped = ledger("close", "2026-03", "--json")
        assert skipped.status == REFUSED
        assert (skipped.json["code"], skipped.json["details"]["first"]) == ("period.out_of_order", "2026-02")
        assert ledger("close", "2026-1").status == WRONG_USAGE
        assert ledger("verify", "2026-02").status == REFUSED

    def test_books_that_do_not_add_up_are_not_closed(self, ledger: Run, client: Client) -> None:
        paid(client, "PO-1")
        assert ledger("show", "2026-01").status == DONE
        with client.app.state.desk.house.book("main").pool.connection() as connection:
            connection.execute("UPDATE projections.orders SET held_minor = held_minor + 1 WHERE book = 'main'")
        failed = ledger("close", "2026-01")
        assert (failed.status, "NO" in failed.out, "period.check_failed" in failed.err) == (REFUSED, True, True)
        assert ledger("list", "--json").json == []

    def test_a_broken_seal_ends_with_a_status_of_its_own(self, ledger: Run, client: Client) -> None:
        paid(client, "PO-1")
        assert ledger("close", "2026-01").status == DONE
        with tampering(client.app.state.desk.house.pool) as connection:
            connection.execute("UPDATE projections.journal_postings SET on_time_minor = on_time_minor * 2")
        broken = ledger("verify", "2026-01")
        assert (broken.status, "NO" in broken.out, "derived 200.00" in broken.out) == (REFUSED, True, True)
        assert "broken" in ledger("show", "2026-01").out
