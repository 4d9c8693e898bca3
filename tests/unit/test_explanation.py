"""A figure is the sum of what is below it, and of its terms exactly, or there is no such figure."""

from typing import Any

import pytest

from domain.explanation import Figure, FigureUnexplained, Term, leaves


def figure(amount_minor: int, *children: Figure, currency: str = "USD", **fields: Any) -> Figure:
    return Figure(
        kind="account",
        label=f"of {amount_minor}",
        amount_minor=amount_minor,
        currency=currency,
        children=children,
        **fields,
    )


def test_a_figure_is_the_sum_of_its_children_and_of_its_leaves() -> None:
    tree = figure(10, figure(12, figure(5), figure(7)), figure(-2))
    assert [leaf.amount_minor for leaf in leaves(tree)] == [5, 7, -2]
    assert sum(leaf.amount_minor for leaf in leaves(tree)) == 10


def test_a_figure_that_its_children_do_not_sum_to_is_unexplained() -> None:
    with pytest.raises(FigureUnexplained) as told:
        figure(10, figure(5), figure(4))
    assert told.value.details() == {"figure": "of 10", "amount_minor": 10, "explained_minor": "9"}


def test_amounts_of_two_currencies_explain_nothing() -> None:
    with pytest.raises(FigureUnexplained, match="mixed"):
        figure(10, figure(5), figure(5, currency="EUR"))


def test_terms_sum_to_the_amount_exactly_or_it_is_unexplained() -> None:
    rounded = (Term("333 at 250 bps", "333/40"), Term("rounding", "-13/40"))
    assert figure(8, terms=rounded).terms == rounded
    with pytest.raises(FigureUnexplained) as told:
        figure(8, terms=rounded[:1])
    assert told.value.explained_minor == "333/40"
