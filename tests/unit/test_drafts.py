"""Drafts: what becomes one group, and how groups and entries are numbered."""

import pytest

from components.streams.drafts import Drafts, Unpublished
from components.streams.journal import Checkpoint, Group
from components.streams.stream import Stream, Streams
from tests.support.journal_entries import FILLS, NOW_NS, ORDERS, record


@pytest.fixture
def streams() -> Streams:
    """Streams of one epoch."""
    return Streams(lambda: "e")


def numbered(stream: Stream) -> dict[str, object]:
    """An event that a stream has just numbered."""
    return stream.append({}, ts_ns=NOW_NS)


def test_what_comes_alone_is_a_group_by_itself(streams: Streams) -> None:
    """An event and a fact are two groups, in order."""
    drafts, stream = Drafts(is_written=True), streams.open(ORDERS)
    event = numbered(stream)

    first, second = drafts.add([stream], event), drafts.record(record(1))

    assert first is not None
    assert second is not None
    assert first.events == [Unpublished(1, ORDERS, event)]
    assert drafts.group(first) == Group(number=1, entries=(stream.entry(1, event),))
    assert drafts.group(second) == Group(number=2, records=(record(1),))


def test_what_comes_together_is_one_group(streams: Streams) -> None:
    """All that comes between begin and end, with steps that have no event."""
    drafts, orders, fills = Drafts(is_written=True), streams.open(ORDERS), streams.open(FILLS)
    drafts.position, drafts.number = 7, 3
    drafts.begin()
    assert drafts.is_open

    event = numbered(orders)
    assert drafts.add([orders], event) is None
    assert drafts.record(record(4)) is None
    assert drafts.add([orders, fills], None) is None
    draft = drafts.end()

    assert not drafts.is_open
    assert [one.event for one in draft.events] == [event]
    group = drafts.group(draft)
    assert group is not None
    assert [(one.position, one.topic, one.body is None) for one in group.entries] == [
        (8, ORDERS, False),
        (9, ORDERS, True),
        (10, FILLS, True),
    ]
    assert (group.number, group.records) == (4, (record(4),))


def test_nothing_is_no_group(streams: Streams) -> None:
    """A transaction in which nothing happened takes no number; nor does one that nobody writes."""
    written, unwritten = Drafts(is_written=True), Drafts(is_written=False)
    written.begin()
    stream = streams.open(ORDERS)
    event = numbered(stream)

    draft = unwritten.add([stream], event)

    assert draft is not None
    assert [one.event for one in draft.events] == [event]
    assert unwritten.group(draft) is None
    assert written.group(written.end()) is None
    assert (written.number, unwritten.number) == (0, 0)


def test_one_begins_where_no_other_is_open() -> None:
    """Whose group it would be is not to be guessed."""
    drafts = Drafts(is_written=True)
    drafts.begin()

    with pytest.raises(RuntimeError, match="one transaction at a time"):
        drafts.begin()


def test_a_checkpoint_is_a_group() -> None:
    """It takes its turn among the others."""
    drafts, checkpoint = Drafts(is_written=True), Checkpoint(number=5, states={})

    assert drafts.checkpoint_group(checkpoint) == Group(number=1, checkpoint=checkpoint)
