"""The story that the API's examples are taken from: a quarter of a year of a small marketplace."""

from tests.examples.banking import bank
from tests.examples.disputes import quarrel
from tests.examples.exchange import exchange
from tests.examples.exports import ask_about_exports, export
from tests.examples.machines import integrate
from tests.examples.payouts import ask_about_payouts, pay_out
from tests.examples.questions import ask_about_all
from tests.examples.setting import set_the_scene, take_leave, take_over
from tests.examples.settlements import settle
from tests.examples.telling import Teller
from tests.examples.trades import close_the_month, trade


def tell(teller: Teller) -> None:
    """Tell all of it."""
    set_the_scene(teller)
    take_over(teller)
    trade(teller)
    quarrel(teller)
    close_the_month(teller)
    export(teller)
    take_leave(teller)
    exchange(teller)
    bank(teller)
    settle(teller)
    pay_out(teller)
    integrate(teller)
    ask_about_exports(teller)
    ask_about_payouts(teller)
    ask_about_all(teller)
