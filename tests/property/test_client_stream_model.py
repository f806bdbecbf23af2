"""A client's topic against its owner, over a wire that drops, doubles, merges and is cut, while epochs come and go."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tapecast_client.events import Delivery

from tests.support.stream_model import STEPS, Step, Wire

PLAIN = [Wire.publish, Wire.deliver, Wire.compute, Wire.arrive]
HISTORIES = st.lists(
    st.tuples(st.one_of(st.sampled_from(PLAIN), st.sampled_from(STEPS)), st.integers(0, 10_000)),
    min_size=30,
    max_size=120,
)


@settings(max_examples=300)
@given(delivery=st.sampled_from(Delivery), history=HISTORIES, reach=st.sampled_from([1, 3, 1000]))
def test_nothing_is_missing_unseen(delivery: Delivery, history: list[tuple[Step, int]], reach: int) -> None:
    """
    Whatever happens on the wire, the log has each event once, in order, without a hole that it does not tell of, and
    once the wire is good again the book is the owner's.
    """
    wire = Wire(delivery, reach)

    for step, choice in history:
        step(wire, choice)
    wire.settle()

    stream, owner = wire.subscriber.stream, wire.owner
    assert (stream.epoch, stream.seq) == (owner.epoch, owner.seq)
    bids = {str(price): str(size) for price, size in wire.subscriber.book.bids.levels()}
    assert bids == owner.levels


@settings(max_examples=150)
@given(
    history=st.lists(
        st.tuples(st.sampled_from([step for step in STEPS if step is not Wire.begin_epoch]), st.integers(0, 10_000)),
        min_size=30,
        max_size=120,
    )
)
def test_a_journal_that_reaches_back_makes_the_log_whole(history: list[tuple[Step, int]]) -> None:
    """Where every resume can be answered, the log of a lossless topic has every event and no news of a loss."""
    wire = Wire(Delivery.LOSSLESS, 1000)
    wire.connect(0)
    wire.compute(0)
    wire.arrive(0)

    for step, choice in history:
        # An even choice refuses for now, an odd one for want of a journal.
        step(wire, 0 if step is Wire.refuse else choice)
    wire.settle()

    log = [(event.epoch, event.seq) for event in wire.subscriber.log]
    assert log == [("e1", seq) for seq in range(1, wire.owner.seq + 1)]
