"""Trades in trouble over HTTP and on the command line: disputes, evidence, amendments, clocks, agreements."""

import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.commands.command_table import AMENDMENT_COMMANDS, CLOCK_COMMANDS, DISPUTE_COMMANDS
from api.composition import House, OpenedBook, connected, utc_now
from ledger.evidence_store import EVIDENCE_BYTES_MAX
from tests.books import checked_log
from tests.command_line import DONE, REFUSED, WRONG_USAGE, Run, on_book
from tests.e2e.test_http import Client, Server, eventually, free_port, paid, placed, problem, usd

SEAMS = "Every seam of the second bale is torn."
CLERK = {"ledger_actor": "buyer:clerk", "ledger_role": "buyer", "ledger_party": "BUY-1"}
MEDIATOR = {"ledger_actor": "mediator:MED-1", "ledger_role": "mediator"}
PHOTO = b"\xff\xd8 a photograph of a seam"

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
def ledger(trade_ledger: Run) -> Run:
    """Return the program on a book of the test's own, founded."""
    program = on_book(trade_ledger, f"book-{next(_books)}")
    assert program("migrate").status == DONE
    return program


def topics(outcome: dict[str, Any]) -> list[str]:
    return [event["topic"] for event in outcome["events"] if not event["topic"].startswith("clock.")]


def ago(days: float, /, **body: object) -> dict[str, object]:
    """Return a body that says when something took place."""
    return body | {"occurred_at": (utc_now() - timedelta(days=days)).isoformat()}


def delivered(client: Client, order: str = "PO-1") -> None:
    """Let 10 pieces for 300.00 USD be ordered, paid and delivered, five days ago."""
    client.done("orders", placed(order, steps=[]) | ago(5))
    client.done(f"orders/{order}/accept", ago(5))
    client.done(f"orders/{order}/pay", paid(30_000) | ago(5))
    client.done(f"orders/{order}/dispatch", ago(5))
    client.done(f"orders/{order}/deliver", ago(5))


def claimed(client: Client, order: str = "PO-1") -> dict[str, Any]:
    """Let two of them be claimed to be bad, four days ago, which are worth 60.00."""
    delivered(client, order)
    claim = {"kind": "quality", "line": 1, "quantity": 2, "comment": SEAMS}
    return client.done(f"orders/{order}/disputes", ago(4, claims=[claim]))


def mediated(client: Client, order: str = "PO-1") -> None:
    """Let MED-1 decide about that."""
    claimed(client, order)
    dispute = f"orders/{order}/disputes/1"
    client.done(f"{dispute}/escalate", {"side": "buyer"})
    client.done(f"{dispute}/assign-mediator", {"mediator": "MED-1"})
    client.done(f"{dispute}/declare-conflict", {"conflict": False}, **MEDIATOR)


def said_to_dispute(client: Client, verb: str, **said: Any) -> dict[str, Any]:
    """Say something to the dispute; what begins with `ledger_` is a header."""
    headers = {name: said.pop(name) for name in [*said] if name.startswith("ledger_")}
    return client.done(f"orders/PO-1/disputes/1/{verb}", said, **headers)


def ruling(amount_minor: int, *, evidence: tuple[int, ...] = (1,)) -> dict[str, Any]:
    """Return a partial refund of the first claim, with one finding."""
    finding = {"text": SEAMS, "evidence": evidence}
    said = {"claim": 1, "remedy": "partial-refund", "amount": usd(amount_minor), "reason": "defects"}
    return said | {"findings": [finding]}


def hand_in(
    client: Client, content: bytes | AsyncIterator[bytes] = PHOTO, *, key: str = "photo", **query: object
) -> httpx.Response:
    headers = {"idempotency-key": key, "content-type": "image/jpeg; charset=binary"}
    said = {"claim": 1, "side": "buyer"} | query
    path = "orders/PO-1/disputes/1/evidence"
    response: httpx.Response = client.run(client.ask("POST", path, content=content, params=said, headers=headers))
    return response


class TestHttp:
    def test_dispute_is_decided_appealed_and_carried_out(self, client: Client) -> None:
        assert topics(claimed(client)) == ["dispute.opened", "dispute.money_set_aside", "hold.disputed"]
        say = partial(said_to_dispute, client)
        assert topics(say("answer", claim=1, stance="contests", comment="They left us whole.")) == ["dispute.answered"]
        assert topics(say("message", text="Let us talk.")) == ["dispute.message_posted"]
        say("offer", claim=1, side="exporter", remedy="partial-refund", amount=usd(1_000))
        say("decline-offer", offer=1, side="buyer", reason="too-little")
        say("escalate", side="buyer")
        say("assign-mediator", mediator="MED-1")
        say("declare-conflict", conflict=False, **MEDIATOR)
        say("request-evidence", claim=1, of="buyer", what="photographs", **MEDIATOR)
        assert hand_in(client, request=1).status_code == 201
        assert topics(say("propose-decision", rulings=[ruling(4_000)], **MEDIATOR)) == [
            "dispute.decision_proposed",
            "dispute.decision_approved",
            "dispute.decided",
        ]
        assert hand_in(client, b"another photograph", key="late").status_code == 201
        assert topics(say("appeal", claim=1, side="buyer", evidence=2)) == ["dispute.appealed"]
        say("assign-mediator", mediator="MED-2")
        second = {"ledger_actor": "mediator:MED-2", "ledger_role": "mediator"}
        say("declare-conflict", conflict=False, **second)
        final = say("propose-decision", rulings=[ruling(5_000)], **second)
        assert {"dispute.appeal_decided", "dispute.settled", "hold.refunded"} <= set(topics(final))
        read = client.rows("balances", min_position=final["position"])
        balances = {row["account"]: row["balance"]["minor"] for row in read}
        assert (balances["refundable:buyer:BUY-1"], balances["disputed:PO-1"]) == (5_000, 0)

    def test_goods_go_back_and_come_again(self, client: Client) -> None:
        claimed(client)
        say = partial(said_to_dispute, client)
        say("offer", claim=1, side="exporter", remedy="replacement")
        say("accept-offer", offer=1, side="buyer")
        say("dispatch-replacement", claim=1)
        say("acknowledge-replacement", claim=1, accepted=False)
        say("offer", claim=1, side="buyer", remedy="return-and-refund")
        say("accept-offer", offer=2, side="exporter")
        say("dispatch-return", claim=1)
        settled = topics(say("acknowledge-return", claim=1, state="received"))
        assert {"dispute.claim_settled", "hold.refunded", "dispute.settled"} <= set(settled)

    def test_both_sides_may_accept_a_decision_at_once(self, client: Client) -> None:
        mediated(client)
        say = partial(said_to_dispute, client)
        say("propose-decision", rulings=[ruling(4_000, evidence=())], **MEDIATOR)
        say("waive-appeal", claim=1, side="buyer")
        assert "hold.refunded" in topics(say("waive-appeal", claim=1, side="exporter"))

    def test_a_large_decision_waits_for_a_second_mediator(self, client: Client) -> None:
        delivered(client)
        client.done("orders", placed("PO-2", 3_000_000, steps=[]) | ago(5))
        client.done("orders/PO-2/accept", ago(5))
        client.done("orders/PO-2/pay", paid(3_000_000) | ago(5))
        client.done("orders/PO-2/disputes", ago(5, claims=[{"kind": "not-shipped"}]))
        client.done("orders/PO-2/disputes/1/escalate", {"side": "exporter"})
        client.done("orders/PO-2/disputes/1/assign-mediator", {"mediator": "MED-1"})
        client.done("orders/PO-2/disputes/1/declare-conflict", {"conflict": False}, **MEDIATOR)
        said = {"rulings": [ruling(2_000_000, evidence=())]}
        decided = client.done("orders/PO-2/disputes/1/propose-decision", said, **MEDIATOR)
        assert topics(decided) == ["dispute.decision_proposed"]
        own = client.post("orders/PO-2/disputes/1/approve-decision", {"decision": 1}, **MEDIATOR)
        problem(own, 403, "dispute.approver_is_mediator")
        returned = {"decision": 1, "reason": "too-much"}
        client.done("orders/PO-2/disputes/1/return-decision", returned, ledger_actor="mediator:MED-2")
        client.done("orders/PO-2/disputes/1/propose-decision", said, **MEDIATOR)
        approved = client.done(
            "orders/PO-2/disputes/1/approve-decision", {"decision": 2}, ledger_actor="mediator:MED-2"
        )
        assert topics(approved) == ["dispute.decision_approved", "dispute.decided"]

    def test_a_claim_is_withdrawn(self, client: Client) -> None:
        claimed(client)
        assert topics(said_to_dispute(client, "withdraw", claim=1))[0] == "dispute.claim_withdrawn"

    def test_a_mediator_with_a_tie_leaves(self, client: Client) -> None:
        claimed(client)
        say = partial(said_to_dispute, client)
        say("escalate", side="buyer")
        say("assign-mediator", mediator="MED-1")
        say("recuse-mediator", reason="on-leave")
        refused = client.post("orders/PO-1/disputes/1/assign-mediator", {"mediator": "MED-1"})
        problem(refused, 403, "dispute.mediator_was_recused")

    def test_texts_are_kept_aside_as_their_authors_own_and_the_log_has_none_of_them(
        self, client: Client, opened: OpenedBook
    ) -> None:
        claimed(client)
        said_to_dispute(client, "answer", claim=1, stance="contests", comment="Whole when they left.")
        said_to_dispute(client, "message", text="From the operator.")
        said_to_dispute(client, "message", text="From the buyer.", **CLERK)
        hand_in(client, name="seam of bale 2.jpg")
        query = "SELECT owner, field, value FROM ledger.confidential WHERE book = %s ORDER BY kept_at"
        with opened.pool.connection() as connection:
            rows = connection.execute(query, (opened.name,)).fetchall()
        assert [(owner, field, bytes(value).decode()) for owner, field, value in rows] == [
            ("BUY-1", "claims.1.comment", SEAMS),
            ("EXP-1", "comment", "Whole when they left."),
            ("api", "text", "From the operator."),
            ("BUY-1", "text", "From the buyer."),
            ("BUY-1", "name", "seam of bale 2.jpg"),
        ]
        texts = [bytes(value) for _, _, value in rows]
        assert not [row for row in checked_log(opened.pool, opened.name) if any(text in row.state for text in texts)]
        assert client.get("orders/PO-1/disputes/1", reveal=True).status_code == 200

    def test_a_retry_says_the_same_and_another_text_under_its_key_does_not(self, client: Client) -> None:
        claimed(client)
        path = "orders/PO-1/disputes/1/message"
        first = client.post(path, {"text": "Once."}, key="once")
        again = client.post(path, {"text": "Once."}, key="once")
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["events"] == again.json()["events"]
        problem(client.post(path, {"text": "Twice."}, key="once"), 422, "command.id_reused")
        problem(client.post(path, {"text": ""}), 400, "commitment.malformed")

    def test_document_comes_back_as_it_was_handed_in(self, client: Client) -> None:
        claimed(client)
        (event, *_) = hand_in(client).json()["events"]
        sha256 = hashlib.sha256(PHOTO).hexdigest()
        told = event["event"]
        assert (told["sha256"], told["media_type"], told["size_bytes"]) == (sha256, "image/jpeg", len(PHOTO))
        again = hand_in(client)
        assert (again.status_code, again.json()["repeated"]) == (200, True)
        found = client.get(f"evidence/{sha256}")
        assert (found.content, found.headers["content-type"]) == (PHOTO, "image/jpeg")
        assert found.headers["content-disposition"] == f'attachment; filename="{sha256}"'
        assert found.headers["x-content-type-options"] == "nosniff"
        problem(client.get(f"evidence/{'0' * 64}"), 404, "evidence.bytes_not_found")

    def test_document_beyond_the_limit_is_told_so_and_not_kept(self, client: Client, opened: OpenedBook) -> None:
        claimed(client)

        async def in_pieces() -> AsyncIterator[bytes]:
            for _ in range(9):
                yield b"x" * 1024 * 1024

        too_much = problem(hand_in(client, b"x" * (EVIDENCE_BYTES_MAX + 1)), 400, "evidence.too_large")
        assert too_much == {"size_bytes": EVIDENCE_BYTES_MAX + 1, "size_bytes_max": EVIDENCE_BYTES_MAX}
        unannounced = problem(hand_in(client, in_pieces()), 400, "evidence.too_large")
        assert unannounced["size_bytes"] > EVIDENCE_BYTES_MAX
        with opened.pool.connection() as connection:
            assert connection.execute("SELECT FROM ledger.evidence WHERE book = %s", (opened.name,)).rowcount == 0
        assert hand_in(client, b"x" * EVIDENCE_BYTES_MAX).status_code == 201

    def test_document_without_a_key_a_claim_or_a_kind_is_malformed(self, client: Client) -> None:
        claimed(client)
        path = "orders/PO-1/disputes/1/evidence"
        keyless = client.run(client.ask("POST", path, content=PHOTO, params={"claim": 1, "side": "buyer"}))
        problem(keyless, 400, "request.idempotency_key_missing")
        problem(hand_in(client, claim=0), 400, "request.parameter_malformed")
        problem(hand_in(client, side="bank"), 400, "request.parameter_malformed")
        problem(hand_in(client, b"", key="empty"), 400, "evidence.malformed")
        strange = {"idempotency-key": "k", "content-type": "Photograph"}
        said = {"claim": 1, "side": "buyer"}
        malformed = client.run(client.ask("POST", path, content=PHOTO, params=said, headers=strange))
        problem(malformed, 400, "evidence.media_type_malformed")

    def test_the_version_of_the_dispute_that_the_caller_saw_decides(self, client: Client) -> None:
        claimed(client)
        differs = client.post("orders/PO-1/disputes/1/escalate", {"side": "buyer"}, if_match='"9"')
        assert problem(differs, 412, "version.differs")["reference"] == "dispute:PO-1/1"
        client.done("orders/PO-1/disputes/1/escalate", {"side": "buyer"}, if_match='"2"')

    def test_agreed_changes_count_once_the_other_side_accepts(self, client: Client) -> None:
        client.done("orders", placed(steps=[]))
        client.done("orders/PO-1/accept")
        change = {"lines": [{"line": 1, "quantity": 8, "amount": usd(24_000)}], "ship_by": "2027-01-15"}
        client.done("orders/PO-1/amendments", {"side": "buyer", "change": change})
        own = client.post("orders/PO-1/amendments/1/accept", {"side": "buyer"})
        problem(own, 409, "order.amendment_own")
        accepted = topics(client.done("orders/PO-1/amendments/1/accept", {"side": "exporter"}))
        assert accepted == ["order.amendment_accepted"]
        client.done("orders/PO-1/amendments", {"side": "exporter", "change": {"deliver_by": "2027-02-01"}})
        declined = client.done("orders/PO-1/amendments/2/decline", {"side": "buyer", "reason": "too-late"})
        assert topics(declined) == ["order.amendment_declined"]
        assert client.get("orders/PO-1", min_position=declined["position"]).json()["total"] == usd(24_000)

    def test_inspection_is_extended_paused_and_lapses(self, client: Client) -> None:
        client.done("orders", placed(steps=[], transport_mode="express") | ago(30))
        client.done("orders/PO-1/accept", ago(30))
        client.done("orders/PO-1/pay", paid(30_000) | ago(30))
        client.done("orders/PO-1/dispatch", ago(30))
        client.done("orders/PO-1/extend-inspection", ago(29, side="buyer", days=2))
        inspection = {"clock": "inspection", "reason": "customs"}
        client.done("orders/PO-1/clocks/pause", inspection | ago(28))
        problem(client.post("orders/PO-1/clocks/pause", inspection | ago(27)), 409, "clock.not_pausable")
        client.done("orders/PO-1/clocks/resume", inspection | ago(27))
        problem(client.post("orders/PO-1/clocks/expire", ago(26)), 409, "clock.not_due")
        lapsed = client.done("orders/PO-1/clocks/expire")
        assert {"order.inspection_lapsed", "hold.released", "order.completed"} <= set(topics(lapsed))

    def test_agreement_is_signed_amended_and_ended(self, client: Client) -> None:
        terms = {"rate_bps": 300, "attribution_days": 365}
        signed = {"agreement": "AG-1", "partner": "PAR-1", "starts_on": "2026-04-01", "terms": terms}
        assert topics(client.done("agreements", signed)) == ["agreement.signed"]
        problem(client.post("agreements", signed), 409, "agreement.already_signed")
        amended = {"starts_on": "2999-04-01", "terms": terms | {"rate_bps": 250}}
        problem(client.post("agreements/AG-1/amend", amended, if_match='"7"'), 412, "version.differs")
        client.done("agreements/AG-1/amend", amended)
        client.done("agreements/AG-1/end", {"ends_on": "2999-12-31", "reason": "sold"})
        shown = client.get("agreements/AG-1").json()
        assert [version["terms"]["rate_bps"] for version in shown["versions"]] == [300, 250]
        assert (shown["partner"], shown["ends_on"]) == ("PAR-1", "2999-12-31")
        problem(client.get("agreements/AG-9"), 404, "agreement.not_found")
        problem(
            client.post("agreements/AG-9/end", {"ends_on": "2999-12-31", "reason": "x"}), 404, "reference.not_found"
        )

    @pytest.mark.parametrize(
        "path",
        [
            "disputes",
            *(f"disputes/1/{verb}" for verb in DISPUTE_COMMANDS),
            "amendments",
            *(f"amendments/1/{verb}" for verb in AMENDMENT_COMMANDS),
            *(f"clocks/{verb}" for verb in CLOCK_COMMANDS),
        ],
    )
    def test_every_route_takes_a_closed_and_described_body(self, client: Client, path: str) -> None:
        response = client.post(f"orders/PO-404/{path}", {"nonsense": 1})
        problem(response, 400, "request.body_malformed")
        assert "/nonsense" in {fault["pointer"] for fault in response.json()["faults"]}
        of_book = "/v1/books/{book}/orders/{order}/"
        shape = path.replace("disputes/1", "disputes/{dispute}").replace("amendments/1", "amendments/{amendment}")
        described = client.get("/openapi.json").json()["paths"][of_book + shape]["post"]
        assert described["requestBody"]["content"]["application/json"]["schema"]

    def test_dispute_that_does_not_exist_is_not_found(self, client: Client) -> None:
        delivered(client)
        problem(client.post("orders/PO-1/disputes/1/escalate", {"side": "buyer"}), 404, "reference.not_found")
        problem(client.post("orders/PO-404/disputes", {"claims": [{"kind": "other"}]}), 404, "reference.not_found")
        problem(client.post("orders/PO-1/disputes/0/escalate", {"side": "buyer"}), 400, "request.parameter_malformed")


def place(ledger: Run, order: str = "PO-1") -> None:
    """Let 10 pieces for 300.00 USD be ordered, paid and delivered, five days ago."""
    parties = ("--buyer", "BUY-1", "--exporter", "EXP-1", "--ship-by", "2026-12-01")
    for verb in (
        ("place", order, "--line", "SKU-1:10:300.00", *parties),
        ("accept", order),
        ("pay", order, "300.00", "USD"),
        ("dispatch", order),
        ("deliver", order),
    ):
        done(ledger, *verb, *at(5))


def at(days: float) -> tuple[str, str]:
    """Return the option that says when something took place."""
    return "--at", f"{utc_now() - timedelta(days=days):%Y-%m-%dT%H:%M:%S}"


def done(ledger: Run, *arguments: str) -> Any:
    """Say a command that must be accepted, and return what it said."""
    ran = ledger(*arguments, "--json")
    assert ran.status == DONE, ran
    return ran.json


class TestCommandLine:
    def test_dispute_is_opened_decided_and_carried_out(self, ledger: Run, tmp_path: Path) -> None:
        place(ledger)
        photo = tmp_path / "seam.jpg"
        photo.write_bytes(PHOTO)
        opened = done(
            ledger, "open-dispute", "PO-1", "--claim", "quality:line=1:quantity=2", "--comment", SEAMS, *at(4)
        )
        claim = opened["events"][0]["event"]["claims"][0]
        assert (claim["amount_minor"], len(claim["comment"])) == (6_000, 64)
        done(ledger, "claim", "answer", "PO-1/1", "1", "contests", "--comment", "Whole when they left.")
        done(ledger, "message", "PO-1", "Let us talk.")
        offer = ("--claim", "1", "--side", "exporter", "--remedy", "partial-refund:10.00")
        assert done(ledger, "offer", "make", "PO-1", *offer)["events"][0]["event"]["remedy"]["amount_minor"] == 1_000
        done(ledger, "offer", "decline", "PO-1", "1", "--side", "buyer", "--reason", "too-little")
        done(ledger, "escalate", "PO-1", "--side", "buyer")
        done(ledger, "mediator", "assign", "PO-1", "MED-1")
        done(ledger, "mediator", "declare", "PO-1", "--no-conflict", "--mediator", "MED-1")
        done(
            ledger,
            "evidence",
            "request",
            "PO-1",
            "1",
            "--side",
            "buyer",
            "--what",
            "photographs",
            "--mediator",
            "MED-1",
        )
        added = done(
            ledger, "evidence", "add", "PO-1/1", str(photo), "--claim", "1", "--side", "buyer", "--request", "1"
        )
        told = added["events"][0]["event"]
        assert (told["media_type"], told["late"], len(told["name"])) == ("image/jpeg", False, 64)
        rulings = ("--ruling", "1:partial-refund:40.00", "--reason", "defects", "--finding", f"1:1={SEAMS}")
        decided = done(ledger, "decision", "propose", "PO-1", *rulings, "--mediator", "MED-1")
        assert (decided["events"][0]["actor"], decided["events"][0]["role"]) == ("mediator:MED-1", "mediator")
        done(ledger, "waive-appeal", "PO-1", "1", "--side", "buyer")
        settled = done(ledger, "waive-appeal", "PO-1", "1", "--side", "exporter")
        assert "hold.refunded" in topics(settled)
        shown = done(ledger, "dispute", "PO-1/1", "--reveal")
        assert shown["status"] == "settled"
        copy = tmp_path / "copy.jpg"
        assert "image/jpeg" in ledger("evidence", "save", told["sha256"], str(copy)).out
        assert copy.read_bytes() == PHOTO
        assert ledger("evidence", "save", told["sha256"], str(copy)).status == WRONG_USAGE
        assert ledger("verify").status == DONE

    def test_goods_go_back_and_come_again(self, ledger: Run) -> None:
        place(ledger)
        claims = ("--claim", "damaged:line=1:quantity=1", "--claim", "other:amount=15.00")
        done(ledger, "open-dispute", "PO-1", *claims, *at(4))
        done(ledger, "claim", "withdraw", "PO-1", "2")
        done(ledger, "offer", "make", "PO-1", "--claim", "1", "--side", "exporter", "--remedy", "replacement")
        done(ledger, "offer", "accept", "PO-1", "1", "--side", "buyer")
        done(ledger, "replacement", "dispatch", "PO-1", "1")
        done(ledger, "replacement", "acknowledge", "PO-1", "1", "--refused")
        done(ledger, "offer", "make", "PO-1", "--claim", "1", "--side", "buyer", "--remedy", "return-and-refund")
        done(ledger, "offer", "accept", "PO-1", "2", "--side", "exporter")
        done(ledger, "return", "dispatch", "PO-1", "1")
        assert "dispute.settled" in topics(done(ledger, "return", "acknowledge", "PO-1", "1", "received"))

    def test_a_decision_is_returned_approved_and_appealed(self, ledger: Run, tmp_path: Path) -> None:
        parties = ("--buyer", "BUY-1", "--exporter", "EXP-1", "--ship-by", "2026-12-01")
        done(ledger, "place", "PO-1", "--line", "SKU-1:10:30000.00", *parties, *at(5))
        done(ledger, "accept", "PO-1", *at(5))
        done(ledger, "pay", "PO-1", "30000.00", "USD", *at(5))
        done(ledger, "open-dispute", "PO-1", "--claim", "not-shipped", *at(5))
        done(ledger, "escalate", "PO-1", "--side", "exporter")
        done(ledger, "mediator", "assign", "PO-1", "MED-9")
        done(ledger, "mediator", "recuse", "PO-1")
        done(ledger, "mediator", "assign", "PO-1", "MED-1")
        done(ledger, "mediator", "declare", "PO-1", "--no-conflict", "--mediator", "MED-1")
        decision = ("decision", "propose", "PO-1", "--ruling", "1:none", "--finding", "1=They say so.")
        done(ledger, *decision, "--mediator", "MED-1")
        done(ledger, "decision", "return", "PO-1", "1", "--mediator", "MED-2")
        done(ledger, *decision, "--mediator", "MED-1")
        done(ledger, "decision", "approve", "PO-1", "2", "--mediator", "MED-2")
        bill = tmp_path / "bill.pdf"
        bill.write_bytes(b"%PDF-")
        done(ledger, "evidence", "add", "PO-1", str(bill), "--claim", "1", "--side", "buyer")
        assert topics(done(ledger, "appeal", "PO-1", "1", "--side", "buyer", "--evidence", "1")) == ["dispute.appealed"]

    def test_order_is_changed_and_inspected_longer(self, ledger: Run) -> None:
        parties = ("--buyer", "BUY-1", "--exporter", "EXP-1", "--ship-by", "2026-12-01")
        done(ledger, "place", "PO-1", "--line", "SKU-1:10:300.00", "--step", "a:100", "--step", "b:200", *parties)
        done(ledger, "accept", "PO-1")
        change = ("--line", "1:8:240.00", "--step", "100.00", "--step", "140.00", "--ship-by", "2027-01-15")
        proposed = done(ledger, "amendment", "propose", "PO-1", "--side", "buyer", *change)["events"][0]["event"]
        assert (proposed["total_minor"], proposed["change"]["step_amounts_minor"]) == (24_000, [10_000, 14_000])
        done(ledger, "amendment", "accept", "PO-1", "1", "--side", "exporter")
        done(ledger, "amendment", "propose", "PO-1", "--side", "exporter", "--deliver-by", "2027-02-01")
        done(ledger, "amendment", "decline", "PO-1", "2", "--side", "buyer")
        done(ledger, "pay", "PO-1", "240.00", "USD")
        done(ledger, "dispatch", "PO-1")
        extended = done(ledger, "extend-inspection", "PO-1", "--side", "exporter", "--days", "3")
        assert topics(extended) == ["order.inspection_extended"]

    def test_clocks_are_paused_resumed_and_all_that_is_due_passes(self, ledger: Run) -> None:
        place(ledger, "PO-1")
        done(ledger, "open-dispute", "PO-1", "--claim", "quality", *at(5))
        done(ledger, "pause-clock", "PO-1", "escalation/1", *at(2))
        done(ledger, "resume-clock", "PO-1", "escalation/1", *at(1))
        place(ledger, "PO-2")
        done(ledger, "open-dispute", "PO-2", "--claim", "quality", *at(5))
        done(ledger, "offer", "make", "PO-2", "--claim", "1", "--side", "buyer", "--remedy", "refund", *at(5))
        assert done(ledger, "expire-clocks")["trades"] == 0
        parties = ("--buyer", "BUY-1", "--exporter", "EXP-1", "--ship-by", "2026-12-01", "--mode", "express")
        for order in ("PO-3", "PO-4"):
            done(ledger, "place", order, "--line", "SKU-1:10:300.00", *parties, *at(90))
            for verb in (("accept", order), ("pay", order, "300.00", "USD"), ("dispatch", order)):
                done(ledger, *verb, *at(90))
        assert done(ledger, "expire-clocks", *at(89))["trades"] == 0
        assert "clocks of 4 trades were due" in ledger("expire-clocks").out  # the inspection's, later the claims'
        assert done(ledger, "expire-clocks", "--at", "2999-01-01")["trades"] == 0
        assert done(ledger, "order", "PO-3")["status"] == "completed"

    def test_agreement_is_signed_by_a_file_of_terms(self, ledger: Run, tmp_path: Path) -> None:
        terms = tmp_path / "terms.toml"
        terms.write_text(
            "rate_bps = 300\nattribution_days = 365\n[by_currency.USD]\n"
            "cap_minor = 5_000_000\ntiers = [{ from_minor = 10_000_000, rate_bps = 250 }]\n",
            encoding="utf-8",
        )
        signing = ("agreement", "sign", "AG-1", str(terms), "--partner", "PAR-1", "--starts-on", "2026-04-01")
        done(ledger, *signing, "--year-begins", "4", "--time-zone", "Asia/Kolkata")
        terms.write_text("rate_bps = 250\nattribution_days = 365\n", encoding="utf-8")
        done(ledger, "agreement", "amend", "AG-1", str(terms), "--starts-on", "2999-04-01")
        done(ledger, "agreement", "end", "AG-1", "--ends-on", "2999-12-31")
        shown = done(ledger, "agreement", "show", "AG-1")
        assert shown["versions"][0]["terms"]["by_currency"]["USD"]["cap_minor"] == 5_000_000
        assert shown["versions"][1]["starts_on"] == "2999-04-01"
        assert "PAR-1" in ledger("agreement", "show", "AG-1").out
        for slip in ("rate_bsp = 1\n", "rate_bps = 1\nattribution_days = 2\n[by_currency.USD]\ntier = []\n", "rate"):
            terms.write_text(slip, encoding="utf-8")
            refused = ledger(*signing[:2], "AG-2", *signing[3:], "--json")
            assert (refused.status, refused.json["code"]) == (WRONG_USAGE, "agreement.file_malformed")

    @pytest.mark.parametrize(
        ("arguments", "status", "begins"),
        [
            (
                "open-dispute PO-1 --claim quality:line",
                WRONG_USAGE,
                "argument.malformed: argument=claim problem=not of",
            ),
            (
                "open-dispute PO-1 --claim quality:line=x",
                WRONG_USAGE,
                "argument.malformed: argument=claim problem=not a",
            ),
            (
                "open-dispute PO-1 --claim broken",
                WRONG_USAGE,
                "argument.malformed: argument=claim problem=Invalid enum",
            ),
            ("open-dispute PO-1 --claim other:amount=1.001", WRONG_USAGE, "money.amount_too_fine"),
            ("open-dispute PO-404 --claim other:amount=1", REFUSED, "order.not_found: order=PO-404"),
            ("open-dispute PO-404 --claim other", REFUSED, "reference.not_found: kind=hold key=PO-404"),
            ("escalate PO-1 --side buyer", REFUSED, "reference.not_found: kind=dispute key=PO-1/1"),
            ("escalate PO-1/x --side buyer", WRONG_USAGE, "reference.malformed: field=dispute value=PO-1/x"),
            (
                "offer make PO-1 --claim 1 --side buyer --remedy gift",
                WRONG_USAGE,
                "argument.malformed: argument=remedy",
            ),
            ("decision propose PO-1 --ruling 1 --finding 1=x", WRONG_USAGE, "argument.malformed: argument=ruling"),
            ("decision propose PO-1 --ruling 1:none --finding x", WRONG_USAGE, "argument.malformed: argument=finding"),
            ("amendment propose PO-1 --side buyer --line 1:2", WRONG_USAGE, "argument.malformed: argument=line"),
            ("pause-clock PO-1 acceptance", REFUSED, "clock.not_running"),
            ("evidence save 00 nowhere", REFUSED, "evidence.bytes_not_found"),
            ("agreement show AG-9", REFUSED, "agreement.not_found: agreement=AG-9"),
        ],
    )
    def test_what_is_wrong_is_one_line(self, ledger: Run, arguments: str, status: int, begins: str) -> None:
        place(ledger)
        ran = ledger(*arguments.split(" "))
        assert (ran.status, ran.out) == (status, ""), ran
        assert len(ran.err.splitlines()) == 1
        assert ran.err.startswith(begins)

    def test_document_beyond_the_limit_is_told_so(self, ledger: Run, tmp_path: Path) -> None:
        place(ledger)
        done(ledger, "open-dispute", "PO-1", "--claim", "quality")
        large = tmp_path / "large"
        large.write_bytes(b"x" * (EVIDENCE_BYTES_MAX + 1))
        ran = ledger("evidence", "add", "PO-1", str(large), "--claim", "1", "--side", "buyer")
        assert (ran.status, ran.err.split(":")[0]) == (WRONG_USAGE, "evidence.too_large")


class TestServer:
    def test_silence_has_its_consequences_in_a_served_book_without_anybody_saying_so(self, home: Path) -> None:
        with Server(home, free_port()) as server:
            server.await_ready()
            shipped(server, "PO-1", days=90)
            shipped(server, "PO-2", days=8)
            claim = ago(8, claims=[{"kind": "quality", "line": 1, "quantity": 2}])
            assert server.post("orders/PO-2/disputes", claim, key="claim").status_code == 201
            eventually(lambda: "hold.closed" in told(server, "PO-1"))
            eventually(lambda: "dispute.escalated" in told(server, "PO-2"))
            accepted = told(server, "PO-1")
            assert accepted["order.inspection_lapsed"] < str(ago(74)["occurred_at"])
            assert accepted["order.claims_ended"] < str(ago(44)["occurred_at"])
            head = server.get("events", limit=1_000).json()["items"][-1]["position"]
            assert server.get("orders/PO-1", min_position=head).json()["released"] == usd(30_000)


def shipped(server: Server, order: str, *, days: float) -> None:
    """Let 10 pieces for 300.00 USD be ordered, paid and dispatched by express, so many days ago."""
    steps: list[tuple[str, dict[str, object]]] = [
        ("orders", placed(order, steps=[], transport_mode="express")),
        (f"orders/{order}/accept", {}),
        (f"orders/{order}/pay", paid(30_000)),
        (f"orders/{order}/dispatch", {}),
    ]
    for path, body in steps:
        said = server.post(path, body | ago(days), key=f"{path}-{order}")
        assert said.status_code == 201, said.text


def told(server: Server, order: str) -> dict[str, str]:
    """Return what happened in a served trade, and when."""
    steps = server.get(f"orders/{order}/timeline").json()["items"]
    return {step["topic"]: step["occurred_at"] for step in steps}
