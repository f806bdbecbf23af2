"""Parts: how they become what a journal says, and how their records are counted."""

import pytest

from components.model.errors import ConfigError
from components.streams.journal import Checkpoint, JournalContent, Record
from components.streams.parts import Parts
from tests.support.counting_part import CountingPart


def record(number: int, part: str = "counting", body: bytes = b"\x07") -> Record:
    """A fact."""
    return Record(number=number, part=part, body=body)


def test_a_part_becomes_what_its_checkpoint_and_the_records_behind_it_say() -> None:
    """Each part gets what is its own, and records are counted on from the last."""
    one, other = CountingPart("one"), CountingPart("other")
    parts = Parts([one, other])

    parts.go_on(
        JournalContent(
            checkpoint=Checkpoint(number=5, states={"one": CountingPart(applied=[1, 2]).checkpoint()}),
            records=[record(6, "other", b"\x03"), record(7, "one", b"\x04")],
        )
    )

    assert (one.applied, other.applied) == ([1, 2, 4], [3])
    assert (parts.number, parts.count("one"), parts.number) == (7, 8, 8)


def test_an_empty_journal_leaves_them_as_they_are() -> None:
    """The first record of all is number one."""
    parts = Parts([CountingPart()])

    parts.go_on(JournalContent())

    assert parts.count("counting") == 1


def test_a_checkpoint_is_due_after_so_many_records() -> None:
    """It tells the state of every part, and is due again only after as many more."""
    one, other = CountingPart("one"), CountingPart("other")
    parts = Parts([one, other])
    for number in (1, 2, 3):
        one.fact(number)
        parts.count("one")

    assert parts.next_checkpoint(every=4) is None
    checkpoint = parts.next_checkpoint(every=3)

    assert checkpoint == Checkpoint(number=3, states={"one": one.checkpoint(), "other": other.checkpoint()})
    assert parts.next_checkpoint(every=1) is None


def test_the_records_behind_a_checkpoint_count_for_the_next() -> None:
    """After a start that had many to apply, the next checkpoint is due at once."""
    parts = Parts([CountingPart()])

    parts.go_on(JournalContent(checkpoint=Checkpoint(number=5, states={}), records=[record(6), record(7)]))

    assert parts.next_checkpoint(every=3) is None
    due = parts.next_checkpoint(every=2)
    assert due is not None
    assert due.number == 7


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            JournalContent(name="a.journal", records=[record(1), record(2, "bots")]),
            "a.journal: record 2, of the part bots, means nothing to this version: there is no such part",
        ),
        (
            JournalContent(name="a.journal", records=[record(1, body=b"\xc1")]),
            "a.journal: record 1, of the part counting, means nothing to this version: ",
        ),
        (
            JournalContent(name="a.journal", checkpoint=Checkpoint(number=9, states={"bots": b""})),
            "a.journal: the checkpoint at record 9, of the part bots, means nothing to this version: there is no such",
        ),
        (
            JournalContent(name="a.journal", checkpoint=Checkpoint(number=9, states={"counting": b""})),
            "a.journal: the checkpoint at record 9, of the part counting, means nothing to this version: ",
        ),
    ],
)
def test_what_means_nothing_stops_the_start_in_one_line(content: JournalContent, expected: str) -> None:
    """Records of a part that is gone, and those that no part can read, are named with the journal."""
    with pytest.raises(ConfigError) as raised:
        Parts([CountingPart()]).go_on(content)

    assert str(raised.value).startswith(expected)
    assert "\n" not in str(raised.value)


def test_names_are_unique() -> None:
    """Two parts of one name could not be told apart in the journal."""
    with pytest.raises(ValueError, match="different names"):
        Parts([CountingPart(), CountingPart()])


def test_a_record_of_no_part_is_a_bug() -> None:
    """It is not counted."""
    parts = Parts([CountingPart()])

    with pytest.raises(KeyError):
        parts.count("bots")

    assert parts.number == 0
