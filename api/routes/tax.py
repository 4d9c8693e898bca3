"""The route about tax on commission: what a quarter's certificates tell, to each partner its own."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.composition import OpenedBook
from api.http.answers import answers_list
from api.http.desk import AtBook, ByCaller, KeySought
from api.listing.page import PageAsked, Paged
from domain.fiscal_quarter import INDIAN_YEAR_BEGINS, FiscalQuarter, quarter_of, quarter_on
from projections.withheld_tax import TaxCertificate, tax_certificates

router = APIRouter(tags=["tax"])

Quarter = Annotated[
    str | None,
    Query(max_length=20, examples=["2026-27-Q1"], description="The present one if not given."),
]
YearBegins = Annotated[int, Query(ge=1, le=12, description="The month in which fiscal years begin.")]


@router.get("/tax/certificates", name="tax-certificates", responses=answers_list(TaxCertificate))
def certificates(
    book: AtBook,
    caller: ByCaller,
    page: Paged,
    partner: KeySought = None,
    quarter: Quarter = None,
    year_begins: YearBegins = INDIAN_YEAR_BEGINS,
) -> Response:
    """
    Return what was withheld from partners' commission in a fiscal quarter and which GST it bore, by partner and payer.

    Each line stands under the code and section of the day of its deduction and names its event.
    """
    sought = caller.sought_as("partner", partner)
    wanted = _quarter(book, page, quarter, year_begins)
    with page.reading() as (connection, moment, _):
        found = tax_certificates(connection, book.name, wanted, partner=sought, moment=moment)
    return page.part_of(found, TaxCertificate)


def _quarter(book: OpenedBook, page: PageAsked, name: str | None, year_begins: int) -> FiscalQuarter:
    if name is not None:
        return quarter_of(name, year_begins=year_begins)
    return quarter_on(page.instant(book.world.clock()).date(), year_begins=year_begins)
