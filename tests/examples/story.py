"""The story that the API's examples are taken from: a quarter of a year of a small marketplace."""

from tests.examples.disputes import quarrel
from tests.examples.machines import integrate
from tests.examples.questions import ask_about_all
from tests.examples.setting import set_the_scene, take_leave, take_over
from tests.examples.telling import Teller
from tests.examples.trades import close_the_month, trade


def tell(teller: Teller) -> None:
    """Tell all of it."""
    set_the_scene(teller)
    take_over(teller)
    trade(teller)
    quarrel(teller)
    close_the_month(teller)
    take_leave(teller)
    integrate(teller)
    ask_about_all(teller)
