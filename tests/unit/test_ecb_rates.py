"""The history of reference rates: read line by line, to the text of each rate."""

from datetime import date
from io import BytesIO
from zipfile import ZipFile

import pytest

from api.exchange.ecb_rates import RatesFileUnreadable, read_history

HISTORY = b"""Date,USD,JPY,INR,
2026-11-20,1.1523,186.75,97.1235,
2026-11-19,1.1500,186,N/A,
2026-11-18,N/A,,N/A,
"""
FRIDAY, THURSDAY = date(2026, 11, 20), date(2026, 11, 19)


def zipped(**files: bytes) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return packed.getvalue()


@pytest.mark.parametrize("content", [HISTORY, b"\xef\xbb\xbf" + HISTORY, zipped(history_csv=HISTORY, read_me=b"")])
def test_days_come_first_day_first_with_the_text_of_their_rates(content: bytes) -> None:
    read = read_history(content)
    assert [(day.line, day.day, day.rates) for day in read.days] == [
        (3, THURSDAY, {"JPY": "186", "USD": "1.1500"}),
        (2, FRIDAY, {"INR": "97.1235", "JPY": "186.75", "USD": "1.1523"}),
    ]
    assert not read.problems


def test_only_days_that_are_asked_for_are_read() -> None:
    assert [day.day for day in read_history(HISTORY, first=FRIDAY).days] == [FRIDAY]
    assert [day.day for day in read_history(HISTORY, last=THURSDAY).days] == [THURSDAY]
    assert not read_history(HISTORY, first=date(2027, 1, 1)).days


def test_what_cannot_be_read_is_told_by_line_and_the_rest_goes_on() -> None:
    lines = b"Date,USD,INR\n\nyesterday,1,2\n2026-11-20,1.15,97,4\n2026-11-20,1,1\n2026-11-19,1e3,96\n2026-11-18,-1,0\n"
    read = read_history(lines)
    assert [(day.day, day.rates) for day in read.days] == [
        (THURSDAY, {"INR": "96"}),
        (FRIDAY, {"INR": "97", "USD": "1.15"}),
    ]
    assert [(problem.line, problem.reason) for problem in read.problems] == [
        (3, "not a day: yesterday"),
        (4, "more cells than the first line"),
        (5, "2026-11-20 stands in line 4 already"),
        (6, "not a rate of USD: 1e3"),
        (7, "not a rate of USD: -1"),
        (7, "not a rate of INR: 0"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"day,USD\n",
        b"Date,dollar\n",
        b"PK not a ZIP file",
        zipped(read_me=b""),
        zipped(one_csv=HISTORY, other_csv=HISTORY),
        b"Date,USD\n\xff\xfe",
    ],
)
def test_file_that_is_no_history_is_refused(content: bytes) -> None:
    with pytest.raises(RatesFileUnreadable):
        read_history(content)
