"""The inbox against a list that does the same in the plainest way."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.frames import Frame, MessageKind
from components.marketdata.inbox import Fate, Inbox

CONFLATABLE = {MessageKind.QUOTE, MessageKind.TICKER, MessageKind.KLINE}
KINDS = (*sorted(CONFLATABLE), MessageKind.TRADE, MessageKind.DEPTH, MessageKind.CONTROL)

Item = tuple[MessageKind, str, int, int]


def peek_item(data: bytes) -> Frame:
    """The frame of a message that is written as kind, instrument and number."""
    kind, instrument_id, _number = data.decode().split(" ")
    return Frame(MessageKind(kind), f"{kind} {instrument_id}", instrument_id)


class ListInbox:
    """The policy of the inbox as its table says, in one list: kind, instrument, number, run."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.items: list[Item] = []
        self.run = 0
        self.lost: Counter[str] = Counter()
        self.casualties: Counter[tuple[MessageKind, Fate]] = Counter()

    def offer(self, kind: MessageKind, instrument_id: str, number: int) -> None:
        """Take one in, whatever has to go."""
        new = (kind, instrument_id, number, self.run)
        if len(self.items) < self.capacity:
            self.items.append(new)
            return
        if kind in CONFLATABLE:
            same = [index for index, item in enumerate(self.items) if item[:2] == new[:2]]
            if same and self.items[same[-1]][3] == self.run:
                self.items[same[-1]] = new
                self.casualties[kind, Fate.CONFLATED] += 1
                return
        victim = self.victim(kind)
        if victim is not None:
            self.items.remove(victim)
            self.items.append(new)
        gone = victim or new
        self.casualties[gone[0], Fate.DROPPED] += 1
        if gone[0] is MessageKind.TRADE:
            self.lost[gone[1]] += 1

    def victim(self, kind: MessageKind) -> Item | None:
        """What goes for a message of a kind, None where it goes itself."""
        conflatable = [item for item in self.items if item[0] in CONFLATABLE]
        trades = [item for item in self.items if item[0] is MessageKind.TRADE]
        depth = [item for item in self.items if item[0] is MessageKind.DEPTH]
        orders = {
            MessageKind.TRADE: trades[:1] + conflatable[:1],
            MessageKind.DEPTH: [],
            MessageKind.CONTROL: conflatable[:1] + trades[:1] + depth[:1],
        }
        return next(iter(orders.get(kind, conflatable[:1])), None)


OFFER = st.tuples(st.sampled_from(KINDS), st.sampled_from(["A", "B"]))
STEPS = st.lists(st.one_of(OFFER, st.integers(0, 3), st.just("break")), max_size=80)


@given(capacity=st.integers(1, 8), steps=STEPS)
def test_the_inbox_does_what_its_table_says(capacity: int, steps: list[tuple[MessageKind, str] | int | str]) -> None:
    """Whatever is offered and taken, order, losses and counts are those of the plain list, within capacity."""
    inbox, model = Inbox(peek_item, capacity=capacity), ListInbox(capacity)

    for number, step in enumerate(steps):
        if isinstance(step, tuple):
            kind, instrument_id = step
            inbox.offer(f"{kind} {instrument_id} {number}".encode(), received_ns=0, arrived_ns=0)
            model.offer(kind, instrument_id, number)
        elif isinstance(step, int):
            taken = [(message.data.decode(), message.run) for message in inbox.take(step)]
            expected, model.items = model.items[:step], model.items[step:]
            assert taken == [(f"{kind} {name} {offered}", run) for kind, name, offered, run in expected]
        else:
            inbox.begin_run()
            model.run += 1
        assert len(inbox) == len(model.items) <= capacity

    assert [message.data for message in inbox.take(capacity)] == [
        f"{kind} {name} {offered}".encode() for kind, name, offered, _run in model.items
    ]
    assert inbox.take_lost_trades() == model.lost
    assert inbox.take_casualties() == model.casualties
