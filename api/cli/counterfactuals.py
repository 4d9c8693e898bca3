"""The verb that asks what other rules would have decided; nothing is written."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from api.cli.terminal import AsJson, BookName, book_of, out, print_json, print_table, progress_bar
from api.composition import OpenedBook
from api.counterfactuals import CounterfactualView, make_counterfactual, rules_of_rulebook
from api.exchange.rules_file import read_rules
from domain.money import to_major
from domain.rule_checks import check_rules
from domain.rules import Rules
from projections.counterfactual import Comparison, Scope, Total
from projections.counterfactual_decisions import Measure, Value
from projections.projection import POSITION_MAX

NEITHER = "name a --rulebook, or --rules in a file"

Named = Annotated[str | None, typer.Option(metavar="NAME/VERSION", help="Drafted, approved or published.")]
RulesFile = Annotated[
    Path | None,
    typer.Option("--rules", help="TOML: what differs from the rulebook, or from each order's own.", exists=True),
]
From = Annotated[int, typer.Option("--from", min=1, max=POSITION_MAX, help="The first position.")]
To = Annotated[int, typer.Option(min=1, max=POSITION_MAX, help="The last position.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
Limit = Annotated[int, typer.Option(min=0, max=POSITION_MAX, help="Show so many differences; totals are of all.")]


def counterfactual(
    rulebook: Named = None,
    rules: RulesFile = None,
    from_position: From = 1,
    to: To = POSITION_MAX,
    since: Day = None,
    until: Day = None,
    order: Annotated[str | None, typer.Option(help="Of one order only, by key.")] = None,
    limit: Limit = 100,
    book: BookName = "main",
    as_json: AsJson = False,
) -> None:
    """Replay a range of the log under other rules: which fees, taxes, commissions and deadlines would differ."""
    if rulebook is None and rules is None:
        raise typer.BadParameter(NEITHER)
    days = (since.date() if since else date.min, until.date() if until else date.max)
    with book_of(book) as opened, progress_bar(shown=not as_json) as bar:
        task = bar.add_task("counterfactual", total=min(to, opened.runner.head()) - from_position + 1)
        view = make_counterfactual(
            opened,
            _other_rules(opened, rulebook, rules.read_bytes() if rules else b""),
            Scope(from_position, to, *days, order),
            limit=limit,
            progress=lambda position: bar.update(task, completed=position - from_position + 1),
        )
    if as_json:
        print_json(view)
    else:
        _show(view, " with ".join(filter(None, [rulebook, rules.name if rules else ""])))


def register(app: typer.Typer) -> None:
    """Add this verb to the command line."""
    app.command()(counterfactual)


def _other_rules(book: OpenedBook, rulebook: str | None, content: bytes) -> Callable[[Rules], Rules]:
    if rulebook is None:
        return lambda own: _read(content, own)
    rules = _read(content, rules_of_rulebook(book, rulebook))
    return lambda _own: rules


def _read(content: bytes, base: Rules) -> Rules:
    rules = read_rules(content, base=base)
    check_rules(rules)
    return rules


def _show(view: CounterfactualView, named: str) -> None:
    print_table(
        f"Positions {view.from_position} to {view.to_position} under {named}: "
        f"{view.differing} differences in {view.orders} orders",
        ["#position", "order", "what", "of", "#real", "#would be", "#difference", "rules"],
        [
            (
                each.position,
                each.order,
                each.kind,
                each.about,
                _value(each, each.real),
                _value(each, each.would_be),
                _difference(each.difference, each.measure, each.currency),
                ", ".join(each.rules),
            )
            for each in view.differences
        ],
        note=f"the first {len(view.differences)}; --limit shows more" if len(view.differences) < view.differing else "",
    )
    differing = [total for total in view.totals if total.differing]
    print_table(
        "In all, of what differs",
        ["what", "currency", "#compared", "#differing", "#real", "#would be", "#difference"],
        [
            (
                total.kind,
                total.currency,
                total.compared,
                total.differing,
                _amount(total.real_minor, total),
                _amount(total.would_be_minor, total),
                _difference(total.difference, total.measure, total.currency),
            )
            for total in differing
        ],
        note=f"{sum(total.compared for total in view.totals)} decisions compared, of {len(view.totals)} kinds",
    )
    out.print("Held fixed, not guessed:")
    for line in view.held_fixed:
        out.print(f"- {line}", soft_wrap=True)


def _value(comparison: Comparison, value: Value) -> str:
    match value:
        case datetime():
            return f"{value:%Y-%m-%d %H:%M}"
        case int() if comparison.measure == "minor":
            return f"{to_major(value, comparison.currency)} {comparison.currency}"
        case None:
            return "none"
        case _:
            return str(value)


def _amount(amount_minor: int | None, total: Total) -> str:
    return "" if amount_minor is None else to_major(amount_minor, total.currency)


def _difference(difference: int | None, measure: Measure, currency: str) -> str:
    if not difference:
        return ""
    match measure:
        case "minor":
            return f"{'+' if difference > 0 else ''}{to_major(difference, currency)}"
        case "instant":
            return f"{'+' if difference > 0 else '-'}{timedelta(seconds=abs(difference))}"
        case _:
            return f"{difference:+}"
