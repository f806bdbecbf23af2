"""The trail of what operators did: its last records, the newest first."""

import msgspec
import pytest

from components.admin.audit_trail import KEPT, SAME_WITHIN, AuditTrail, encode_record
from components.model.audit import DONE, AuditRecord

NOW_NS = 1_767_225_600_000_000_000


def record(number: int, at_ns: int = NOW_NS) -> AuditRecord:
    """One thing that was done."""
    return AuditRecord(
        at_ns=at_ns,
        user_id="op",
        role="admin",
        session_id=7,
        action="admin.tokens.revoke",
        arguments={"token_id": f"t{number}"},
        reason="why",
        outcome=DONE,
    )


def names(trail: AuditTrail, *, limit: object = None, before: object = None, up_to: int = 1 << 62) -> list[object]:
    """What the records of a page are about."""
    page = trail.page(limit=limit, before=before, up_to=up_to)
    return [one.arguments["token_id"] for one in page.rows]


def filled(count: int) -> AuditTrail:
    """A trail of so many records of one moment."""
    trail = AuditTrail()
    for number in range(1, count + 1):
        trail.append(record(number))
    return trail


def test_records_are_told_a_page_at_a_time() -> None:
    """The newest first, also those of one moment, each once."""
    trail = filled(5)
    page = trail.page(limit=2, before=None, up_to=5)

    assert [one.arguments["token_id"] for one in page.rows] == ["t5", "t4"]
    assert names(trail, limit=2, before=page.next) == ["t3", "t2"]
    assert names(trail, limit=2, before="2026-01-01T00:00:00Z") == []


def test_what_may_not_be_told_yet_is_not() -> None:
    """A record that is not durable is no record."""
    assert names(filled(5), up_to=3) == ["t3", "t2", "t1"]
    assert filled(5).last == 5
    assert AuditTrail().last == 0


def test_the_last_are_kept() -> None:
    """One more lets the oldest go, and the numbers go on."""
    trail = filled(KEPT + 1)

    assert trail.last == KEPT + 1
    assert len(trail.page(limit=1000, before=None, up_to=1000).rows) == 999


@pytest.mark.parametrize(("behind", "is_known"), [(SAME_WITHIN - 1, True), (SAME_WITHIN, False)])
def test_a_record_that_comes_twice_is_known(behind: int, is_known: bool) -> None:  # noqa: FBT001 - a table
    """Among so many of the last."""
    trail = filled(1)
    for number in range(behind):
        trail.append(record(100 + number))

    assert trail.has(record(1)) is is_known
    assert not trail.has(msgspec.structs.replace(record(1), at_ns=NOW_NS + 1))


def test_a_checkpoint_and_the_records_make_the_same() -> None:
    """Whether a later process finds the state, or all that led to it."""
    trail, restored, replayed = filled(3), AuditTrail(), AuditTrail()
    restored.restore(trail.checkpoint())
    for number in (1, 2, 3):
        replayed.apply_record(encode_record(record(number)))

    assert restored.checkpoint() == replayed.checkpoint() == trail.checkpoint()
    assert names(restored) == ["t3", "t2", "t1"]
