"""A refusal by a number of the rulebook names it and its version, the first time and ever after."""

from typing import Any

import pytest

from api.composition import OpenedBook
from domain.rules import Rules
from tests.e2e.test_http import Client, paid, placed
from tests.refusals import refusals


def dispatched(client: Client, order: str = "PO-1") -> None:
    client.done("orders", placed(order))
    client.done(f"orders/{order}/accept")
    client.done(f"orders/{order}/pay", paid(30_000))
    client.done(f"orders/{order}/dispatch")


def test_refusal_names_the_number_of_the_rulebook_that_refused(client: Client) -> None:
    dispatched(client)
    told: list[dict[str, Any]] = [client.post("orders/PO-1/lapse-inspection", key="once").json() for _ in range(2)]
    for problem in told:
        assert problem["code"] == "order.inspection_running"
        assert problem["rule"] == {"name": "inspection_days", "rulebook": "rulebook:standard/1"}
        assert set(problem["details"]) == {"order", "ends_at"}
    first, again = (problem | {"request": ""} for problem in told)
    assert again == first, "the stored refusal says the same"


def test_refusal_by_what_is_no_number_of_the_rulebook_names_none(client: Client, opened: OpenedBook) -> None:
    client.done("orders", placed())
    problem = client.post("orders/PO-1/pay", paid(1)).json()
    assert (problem["code"], problem["rule"]) == ("order.not_in_state", None)
    assert opened.exists


@pytest.mark.parametrize("error", [error for error in refusals() if error.rule], ids=lambda error: error.code)
def test_what_refuses_by_the_rulebook_names_one_of_its_rules(error: Any) -> None:
    assert error.rule in Rules.__struct_fields__
