"""The timeline as a page for people: no script, nothing from elsewhere, everything said by others escaped."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import NamedTuple

from api.packs.evidence_of_log import Vouched
from api.packs.read_me import vouching
from api.packs.telling import Document, Text, Told
from api.views import TimelineStep, currency_of, event_text
from domain.aggregate import Event
from domain.clock import ClockExpired, ClockExtended, ClockPaused, ClockResumed, ClockStarted, ClockStopped
from domain.money import to_major
from domain.references import key_of, kind_of

_STYLE = """
:root { color-scheme: light; --ink: #1c1e21; --soft: #5d646c; --line: #d9dde1; --pale: #f5f6f7; --mark: #0b5a6f }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 3rem 1.5rem 5rem; max-width: 56rem; color: var(--ink); background: #fff;
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em }
h2 { font-size: 1.1rem; margin: 2.6rem 0 .7rem; padding-top: .7rem; border-top: 2px solid var(--ink) }
h3 { font-size: .95rem; margin: 1.6rem 0 .4rem; color: var(--mark) }
p { margin: .3rem 0 } .soft, .who, .at, caption { color: var(--soft) }
code, .num { font: .87em/1.4 ui-monospace, "SF Mono", Consolas, monospace; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 } caption { text-align: left; padding-bottom: .3rem }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line) }
td:last-child { overflow-wrap: anywhere }
th { font-weight: 600; font-size: .85em; color: var(--soft) } .num { text-align: right; white-space: nowrap }
ol.steps { list-style: none; margin: 0; padding: 0 }
ol.steps > li { display: grid; grid-template-columns: 7.5rem 1fr; gap: 0 1rem; padding: .55rem 0;
  border-top: 1px solid var(--line); break-inside: avoid }
ol.steps .at b { display: block; color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums }
ol.steps .what b { font-weight: 600 }
blockquote { margin: .4rem 0; padding: .1rem 0 .1rem .8rem; border-left: 3px solid var(--mark); white-space: pre-wrap }
.money { margin: .3rem 0 0; padding: .3rem .7rem; background: var(--pale); border-radius: 4px }
.money td { border: 0; padding: .05rem .9rem .05rem 0 }
li.quiet { font-size: .87em; color: var(--soft) }
.gone { color: var(--soft); font-style: italic }
li.back { color: var(--soft); background: repeating-linear-gradient(135deg, #fff 0 6px, var(--pale) 6px 12px) }
@page { margin: 18mm }
@media print { body { padding: 0; max-width: none; font-size: 10.5pt } h2, h3 { break-after: avoid } }
@media (max-width: 40rem) { ol.steps > li { grid-template-columns: 1fr } }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""


class PageFacts(NamedTuple):
    """What the page is made of. said: as the manifest says it; kept_back: positions of events not shown."""

    said: Mapping[str, str]
    told: Told
    kept_back: Sequence[int]
    under: Vouched


def timeline_page(facts: PageFacts) -> str:
    """Return a whole page of HTML."""
    title = _title(facts.said["about"])
    sections = (_head(title, facts), _accounts(facts.told), _deadlines(facts.told), _documents(facts), _steps(facts))
    body = "\n".join(line for section in sections for line in section)
    return _PAGE.format(title=escape(title), style=_STYLE, body=body)


def _title(about: str) -> str:
    if kind_of(about) == "agreement":
        return f"Commission under agreement {key_of(about)}"
    order, slash, number = key_of(about).partition("/")
    return f"Dispute {number} about order {order}" if slash else f"Order {order}"


def _head(title: str, facts: PageFacts) -> Iterator[str]:
    said = facts.said
    party = f", {said['party']}" if said["party"] else ""
    made = f"Ledger {said['book']} · made {said['made_at']} for the role {said['role']}{party}"
    yield f"<h1>{escape(title)}</h1><p class=soft>{escape(made)} · times in UTC</p>"
    shown, hidden = len(facts.told.steps), len(facts.kept_back)
    count = f"{shown} events are shown."
    if hidden:
        count += f" {hidden} more of this trade aren't for this reader: where they stand is shown, and proved."
    yield f"<p>{escape(count)}</p>"
    yield from (f"<p>{escape(sentence)}</p>" for sentence in vouching(facts.under))
    yield (
        "<p>This page tells; it doesn't prove. <code>verify_pack.py</code>, taken from somebody you trust, checks the "
        "pack that it came in.</p>"
    )


def _accounts(told: Told) -> Iterator[str]:
    sums: dict[tuple[str, str], list[int]] = {}
    for step in told.steps:
        for posting in step.postings:
            row = sums.setdefault((posting.account, posting.currency), [0, 0])
            row[posting.amount_minor < 0] += abs(posting.amount_minor)
    if not sums:
        return
    yield "<h2>Money</h2>"
    rows = (
        (
            account,
            _amount(debit, currency),
            _amount(credit, currency),
            f"{_amount(debit - credit, currency)} {currency}",
        )
        for (account, currency), (debit, credit) in sorted(sums.items())
    )
    yield _table(("account", "#debits", "#credits", "#debits less credits"), rows, caption="Of the events shown alone.")


def _deadlines(told: Told) -> Iterator[str]:
    rows: dict[str, list[str]] = {}
    for step in told.steps:
        match step.event:
            case ClockStarted(clock=name, about=about, silence_of=silence, due_at=due):
                rows[name] = [name, key_of(about), silence, f"{due:%Y-%m-%d %H:%M}", "runs"]
            case ClockResumed(clock=name, due_at=due) | ClockExtended(clock=name, due_at=due) if name in rows:
                rows[name][3:] = [f"{due:%Y-%m-%d %H:%M}", "runs, moved"]
            case ClockPaused(clock=name) if name in rows:
                rows[name][4] = "stands still"
            case ClockStopped(clock=name, because=because) if name in rows:
                rows[name][4] = f"over by {because}"
            case ClockExpired(clock=name) if name in rows:
                rows[name][4] = "passed in silence"
    if rows:
        yield "<h2>Deadlines</h2>"
        yield _table(("deadline", "about", "waits for", "due", "what became of it"), rows.values())


def _documents(facts: PageFacts) -> Iterator[str]:
    documents, texts = facts.told.documents, {text.commitment: text for text in facts.told.texts}
    if not documents:
        return
    yield "<h2>Documents</h2>"
    rows = (
        (
            f"{key_of(each.dispute)}, no. {each.number}",
            f"by the {each.by}, about claim {each.claim}",
            _name(each, texts.get(each.name)),
            f"{each.size_bytes:,} bytes, {each.media_type}",
            {"here": "in this pack", "absent": "not kept any more", "withheld": "not in this pack"}[each.state],
            each.sha256,
        )
        for each in documents
    )
    yield _table(("document", "handed in", "name", "size", "its bytes", "SHA-256"), rows)


def _name(document: Document, text: Text | None) -> str:
    if text is None:
        return "" if not document.name else "withheld"
    return text.value if text.state == "open" else text.state


def _steps(facts: PageFacts) -> Iterator[str]:
    texts: dict[int, list[Text]] = {}
    for text in facts.told.texts:
        texts.setdefault(text.position, []).append(text)
    currency = currency_of(facts.told.steps)
    steps: list[tuple[int, TimelineStep | None]] = [(step.position, step) for step in facts.told.steps]
    steps = sorted([*steps, *((position, None) for position in facts.kept_back)], key=lambda each: each[0])
    yield "<h2>What happened</h2>"
    for day, of_day in groupby(_with_days(steps), key=lambda each: each[0]):
        yield f"<h3>{escape(day)}</h3><ol class=steps>" if day else "<ol class=steps>"
        for _, position, step in of_day:
            yield _step(step, texts.get(position, []), currency) if step else _kept_back(position)
        yield "</ol>"


def _with_days(steps: Iterable[tuple[int, TimelineStep | None]]) -> Iterator[tuple[str, int, TimelineStep | None]]:
    """Yield steps with the day on which they were recorded; what isn't shown stands under the day before it."""
    day = ""
    for position, step in steps:
        day = f"{step.recorded_at:%A, %-d %B %Y}" if step else day
        yield day, position, step


def _step(step: TimelineStep, texts: Sequence[Text], currency: str) -> str:
    happened = f" (took place {step.occurred_at:%Y-%m-%d %H:%M})" if step.occurred_at != step.recorded_at else ""
    because = f", by the policy {step.policy.replace('_', ' ')}" if step.policy else ""
    who = f"{step.actor} as {step.role}{because}{happened}"
    said = escape(event_text(step.event, currency))
    kind = " class=quiet" if kind_of(step.about) == "clock" else ""
    return "".join(
        (
            f"<li{kind}><div class=at><b>{step.recorded_at:%H:%M:%S}</b>no. {step.position}</div><div class=what>",
            f"<b>{escape(_heading(step))}</b> — {escape(_sentence(step.event))}",
            f"<p>{said}</p>" if said else "",
            *map(_quote, texts),
            _postings(step),
            f"<p class=who>{escape(who)}</p></div></li>",
        )
    )


def _kept_back(position: int) -> str:
    told = "An event that isn't for this reader."
    return f"<li class=back><div class=at>no. {position}</div><div class=what>{told}</div></li>"


def _heading(step: TimelineStep) -> str:
    kind, _, happened = step.topic.partition(".")
    number = f" {step.about.rpartition('/')[2]}" if kind_of(step.about) == "dispute" else ""
    return f"{kind.capitalize()}{number}: {happened.replace('_', ' ')}"


def _sentence(event: Event) -> str:
    told = " ".join((type(event).__doc__ or "").split())
    return f"{told.partition('. ')[0].partition(';')[0].rstrip('.')}."


def _quote(text: Text) -> str:
    gone = {"erased": "erased; its commitment still proves", "withheld": "not in this pack; its commitment proves"}
    if text.state == "open":
        return f"<blockquote>{escape(text.value)}</blockquote>"
    return f"<blockquote class=gone>{escape(text.field)}: {gone[text.state]}</blockquote>"


def _postings(step: TimelineStep) -> str:
    if not step.postings:
        return ""
    rows = "".join(
        f"<tr><td>{'debit' if each.amount_minor > 0 else 'credit'}</td><td><code>{escape(each.account)}</code></td>"
        f"<td class=num>{_amount(abs(each.amount_minor), each.currency)} {escape(each.currency)}</td></tr>"
        for each in step.postings
    )
    return f"<table class=money>{rows}</table>"


def _amount(minor: int, currency: str) -> str:
    whole, point, parts = to_major(abs(minor), currency).partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{point}{parts}"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """Return a table; columns that begin with # are numbers, set to the right."""
    kinds = [" class=num" if name.startswith("#") else "" for name in columns]
    head = "".join(f"<th{kind}>{escape(name.lstrip('#'))}</th>" for name, kind in zip(columns, kinds, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    told = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{told}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
