"""Evidence: known by the hash of its bytes, in time or late, and sealed as the exact set that was considered."""

import hashlib
import json
from itertools import permutations

import pytest

from domain.commands import ApproveDecision, RequestEvidence
from domain.dispute_events import (
    DisputeDecided,
    DisputeDecisionProposed,
    DisputeEvidenceClosed,
    DisputeEvidenceRequested,
    DisputeEvidenceSubmitted,
)
from domain.evidence import SIZE_MAX, Evidence, EvidenceMalformed, check_evidence, seal
from domain.side import Side
from tests.disputes import (
    BYTES,
    DISPUTE,
    MEDIATOR,
    SECOND_MEDIATOR,
    TEXT,
    day,
    decide,
    decided,
    dispute_in,
    disputed,
    just_before,
    mediated,
    ruling,
    submit,
)
from tests.given import FOUR_EYES, World, given, on

REQUEST = RequestEvidence(order="PO-1", claim=1, of="buyer", what="packing-list")


def piece(number: int, *, claim: int = 1, by: Side = "buyer", late: bool = False) -> Evidence:
    return Evidence(
        number=number,
        claim=claim,
        by=by,
        request=0,
        sha256=f"{number:064x}",
        media_type="image/jpeg",
        size_bytes=number,
        late=late,
    )


def submitted(number: int = 1, *, request: int = 0, late: bool = False) -> DisputeEvidenceSubmitted:
    return DisputeEvidenceSubmitted(
        evidence=number,
        claim=1,
        by="buyer",
        request=request,
        sha256=BYTES,
        media_type="image/jpeg",
        size_bytes=2_048,
        name=TEXT,
        late=late,
    )


class TestSaying:
    def test_a_document_is_known_by_its_bytes(self) -> None:
        check_evidence(sha256=BYTES, media_type="application/vnd.ms-excel", size_bytes=SIZE_MAX)

    @pytest.mark.parametrize("sha256", ["", "ab", "AB" * 32, "zz" * 32, "ab" * 33])
    def test_a_hash_is_64_lower_case_hexadecimal_digits(self, sha256: str) -> None:
        with pytest.raises(EvidenceMalformed) as refused:
            check_evidence(sha256=sha256, media_type="image", size_bytes=0)
        assert refused.value.field == "sha256"

    @pytest.mark.parametrize("media_type", ["", "image", "image/", "Image/JPEG", "image/jpeg; q=1", "a/" + "b" * 65])
    def test_a_media_type_is_two_words_and_a_slash(self, media_type: str) -> None:
        with pytest.raises(EvidenceMalformed) as refused:
            check_evidence(sha256=BYTES, media_type=media_type, size_bytes=0)
        assert refused.value.field == "media_type"

    @pytest.mark.parametrize("size_bytes", [0, -1, SIZE_MAX + 1])
    def test_a_document_has_bytes(self, size_bytes: int) -> None:
        with pytest.raises(EvidenceMalformed) as refused:
            check_evidence(sha256=BYTES, media_type="image/jpeg", size_bytes=size_bytes)
        assert refused.value.field == "size_bytes"


class TestHandingIn:
    def test_a_side_hands_in_what_nobody_asked_for(self) -> None:
        given(*disputed()).when(submit()).then(on(DISPUTE, submitted()))

    def test_pieces_are_numbered_within_the_dispute(self) -> None:
        given(*disputed(2_000, 2_000)).said(submit(1), submit(2, "exporter")).when(submit()).then(
            on(DISPUTE, submitted(3))
        )

    def test_a_mediator_asks_and_the_side_answers_in_time(self) -> None:
        asked = on(DISPUTE, DisputeEvidenceRequested(request=1, claim=1, of="buyer", what="packing-list"))
        given(*mediated()).when(REQUEST, actor=MEDIATOR).then(asked)
        given(*mediated(), asked).when(submit(request=1), at=day(4)).then(on(DISPUTE, submitted(request=1)))


class TestComingLate:
    ASKED = (*mediated(), on(DISPUTE, DisputeEvidenceRequested(request=1, claim=1, of="buyer", what="packing-list")))

    def test_an_answer_after_the_requests_time_is_kept_and_marked(self) -> None:
        given(*self.ASKED, on(DISPUTE, DisputeEvidenceClosed(request=1))).when(submit(request=1)).then(
            on(DISPUTE, submitted(request=1, late=True))
        )

    def test_what_nobody_asked_for_is_in_time_until_a_decision_is_written(self) -> None:
        closed = given(*self.ASKED, on(DISPUTE, DisputeEvidenceClosed(request=1)))
        closed.when(submit()).then(on(DISPUTE, submitted()))

    def test_until_its_last_instant_a_request_is_open(self) -> None:
        asked = given(*mediated()).said(REQUEST, actor=MEDIATOR)
        asked.when(submit(request=1), at=just_before(day(5))).then(on(DISPUTE, submitted(request=1)))

    def test_from_its_last_instant_on_it_is_over(self) -> None:
        asked = given(*mediated()).said(REQUEST, actor=MEDIATOR)
        asked.when(submit(request=1), at=day(5)).then(
            on(DISPUTE, DisputeEvidenceClosed(request=1), submitted(request=1, late=True))
        )

    def test_what_comes_while_a_decision_waits_or_has_been_given_is_late(self) -> None:
        waiting = given(*mediated(rules=FOUR_EYES)).said(decide(), actor=MEDIATOR)
        waiting.when(submit()).then(on(DISPUTE, submitted(late=True)))
        decided().when(submit()).then(on(DISPUTE, submitted(late=True)))

    def test_a_decision_about_one_claim_makes_evidence_about_another_no_later(self) -> None:
        waiting = given(*mediated(2_000, 2_000, rules=FOUR_EYES)).said(decide(), actor=MEDIATOR)
        waiting.when(submit(2)).leaves(DISPUTE, evidence=(dispute_in(waiting.world).evidence[0],))
        assert not dispute_in(waiting.world).evidence[0].late


class TestSealing:
    def test_a_seal_is_of_the_set_whatever_the_order(self) -> None:
        pieces = [piece(1), piece(2), piece(3)]
        assert len({seal(order) for order in permutations(pieces)}) == 1

    def test_another_set_has_another_seal(self) -> None:
        sets = [[], [piece(1)], [piece(2)], [piece(1), piece(2)], [piece(1, claim=2)], [piece(1, by="exporter")]]
        assert len({seal(pieces) for pieces in sets}) == len(sets)

    def test_anybody_who_has_the_events_computes_the_seal_again(self) -> None:
        world = World()
        for happened in (one for history in mediated(2_000, 2_000) for one in history):
            world.happen(happened)
        for command in (submit(), submit(2, "exporter"), submit(1, "exporter", sha256="ef" * 32)):
            world.say(command)
        world.say(decide(ruling(1, "refund", evidence=(1, 3))), actor=MEDIATOR)

        events = [step.event for step, _ in world.steps]
        (proposed,) = [event for event in events if isinstance(event, DisputeDecisionProposed)]
        handed_in = {event.evidence: event for event in events if isinstance(event, DisputeEvidenceSubmitted)}
        considered = [handed_in[number] for number in proposed.evidence]
        pieces = [[one.evidence, one.claim, one.by, one.sha256, one.size_bytes] for one in considered]
        as_json = json.dumps(pieces, separators=(",", ":"))
        assert proposed.evidence == (1, 3)
        assert proposed.evidence_sha256 == hashlib.sha256(as_json.encode()).hexdigest()

    def test_late_evidence_stands_outside_the_seal_of_a_first_decision(self) -> None:
        asked = given(*mediated()).said(submit()).said(REQUEST, actor=MEDIATOR)
        late = asked.said(submit(request=1, sha256="ef" * 32), at=day(5))
        (proposed,) = [
            step.event
            for step in late.when(decide(), actor=MEDIATOR, at=day(6)).steps
            if isinstance(step.event, DisputeDecisionProposed)
        ]
        assert proposed.evidence == (1,)
        assert proposed.evidence_sha256 == seal(dispute_in(late.world).evidence[:1])

    def test_a_decision_says_up_to_which_piece_it_knew(self) -> None:
        given_out = given(*mediated(rules=FOUR_EYES)).said(submit(), submit()).said(decide(), actor=MEDIATOR)
        given_out.said(submit())
        assert dispute_in(given_out.world).pending is not None
        steps = given_out.when(ApproveDecision(order="PO-1", decision=1), actor=SECOND_MEDIATOR).steps
        (given_decision,) = [step.event for step in steps if isinstance(step.event, DisputeDecided)]
        assert given_decision.evidence_up_to == 2
