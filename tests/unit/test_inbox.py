"""The bounded queue: order while there is room, and what goes when there is none."""

import pytest

from components.marketdata.binance.frames import peek
from components.marketdata.frames import MessageKind
from components.marketdata.inbox import MAX_BREAKS, Fate, Inbox
from tests.support.binance_text import combined, depth_fields, kline_fields, quote, raw, trade, trade_fields

CONTROL = raw({"result": None, "id": 1})
DEPTH = combined("btcusdt@depth", depth_fields())


def filled(capacity: int, *waiting: bytes) -> Inbox:
    """An inbox in which some messages wait."""
    inbox = Inbox(peek, capacity=capacity)
    offer(inbox, *waiting)
    return inbox


def offer(inbox: Inbox, *messages: bytes) -> None:
    """Hand messages in, one after the other."""
    for data in messages:
        inbox.offer(data, received_ns=1, arrived_ns=2)


def taken(inbox: Inbox) -> list[bytes]:
    """All that waits, in order."""
    return [message.data for message in inbox.take(len(inbox))]


def test_messages_come_out_in_the_order_in_which_they_came() -> None:
    """While there is room nothing is lost, whatever the kinds."""
    sent = [quote(1), trade(1), DEPTH, CONTROL, quote(2), b"garbage", trade(2)]
    inbox = filled(10, *sent)

    assert taken(inbox) == sent
    assert len(inbox) == 0
    assert inbox.take_casualties() == {}


def test_a_message_keeps_both_its_times() -> None:
    """The feed's time and this process's are handed on unchanged."""
    inbox = Inbox(peek)

    inbox.offer(b"x", received_ns=7, arrived_ns=9)

    (message,) = inbox.take(5)
    assert (message.received_ns, message.arrived_ns, message.run) == (7, 9, 0)


def test_the_time_of_what_waits_longest_is_known() -> None:
    """Of whatever kind it is; none where nothing waits."""
    inbox = Inbox(peek)
    for received_ns, data in enumerate([trade(1), quote(1), trade(2)], start=7):
        inbox.offer(data, received_ns=received_ns, arrived_ns=0)
    oldest = inbox.oldest_received_ns
    inbox.take(1)
    next_oldest = inbox.oldest_received_ns
    inbox.take(2)

    assert (oldest, next_oldest, inbox.oldest_received_ns) == (7, 8, None)


def test_only_as_many_as_asked_for_are_taken() -> None:
    """What is not taken waits on."""
    inbox = filled(10, trade(1), trade(2), trade(3))

    assert [message.data for message in inbox.take(2)] == [trade(1), trade(2)]
    assert taken(inbox) == [trade(3)]


def test_a_quote_takes_the_place_of_the_newest_of_its_stream() -> None:
    """A full inbox keeps the older quote's place and the newer quote's values."""
    inbox = filled(4, quote(1), quote(2), quote(8, s="ETHUSDT"), trade(1))

    offer(inbox, quote(3), quote(4))

    assert taken(inbox) == [quote(1), quote(4), quote(8, s="ETHUSDT"), trade(1)]
    assert inbox.take_casualties() == {(MessageKind.QUOTE, Fate.CONFLATED): 2}


def test_the_last_word_on_a_bar_is_not_replaced_by_the_next_bar() -> None:
    """An account of a bar moves into the place of an earlier one of the same bar, and of no other."""
    growing, closed, following, later = (
        combined("btcusdt@kline_1m", kline_fields(t=open_ms, x=is_closed, v=volume))
        for open_ms, is_closed, volume in ((0, False, "1"), (0, True, "2"), (60_000, False, "3"), (60_000, False, "4"))
    )
    inbox = filled(3, trade(1), growing, following)

    offer(inbox, closed, later)

    assert taken(inbox) == [trade(1), closed, later]


def test_answered_bars_cost_nothing_else() -> None:
    """They are asked for again."""
    inbox = filled(2, trade(1), quote(1))

    offer(inbox, combined("btcusdt@klines_1m", []))

    assert taken(inbox) == [trade(1), quote(1)]
    assert inbox.take_casualties() == {(MessageKind.KLINES, Fate.DROPPED): 1}


def test_a_quote_without_a_predecessor_takes_the_room_of_the_oldest_of_its_sort() -> None:
    """Where no quote of the stream waits, the oldest message that can be conflated goes."""
    inbox = filled(3, trade(1), quote(1), quote(1, s="ETHUSDT"))

    offer(inbox, quote(1, s="BNBUSDT"))

    assert taken(inbox) == [trade(1), quote(1, s="ETHUSDT"), quote(1, s="BNBUSDT")]
    assert inbox.take_casualties() == {(MessageKind.QUOTE, Fate.DROPPED): 1}


def test_a_quote_among_trades_only_is_dropped() -> None:
    """A quote never costs a trade."""
    inbox = filled(2, trade(1), trade(2))

    offer(inbox, quote(1))

    assert taken(inbox) == [trade(1), trade(2)]
    assert inbox.take_casualties() == {(MessageKind.QUOTE, Fate.DROPPED): 1}


def test_a_quote_never_moves_into_the_place_of_one_that_was_taken() -> None:
    """Once taken, a message is no predecessor any more."""
    inbox = filled(2, quote(1), trade(1))
    inbox.take(1)
    offer(inbox, quote(1, s="ETHUSDT"))

    offer(inbox, quote(2))

    assert taken(inbox) == [trade(1), quote(2)]


def test_a_trade_costs_the_oldest_trade_and_says_so() -> None:
    """The oldest waiting trade goes, and its instrument's loss is told once."""
    inbox = filled(3, trade(1), quote(1), trade(2, s="ETHUSDT"))

    offer(inbox, trade(3), trade(4))

    assert taken(inbox) == [quote(1), trade(3), trade(4)]
    assert inbox.take_lost_trades() == {"BTCUSDT": 1, "ETHUSDT": 1}
    assert inbox.take_lost_trades() == {}
    assert inbox.take_casualties() == {(MessageKind.TRADE, Fate.DROPPED): 2}


def test_a_trade_without_another_costs_the_oldest_quote() -> None:
    """A trade counts more than a quote."""
    inbox = filled(2, quote(1), quote(2))

    offer(inbox, trade(1))

    assert taken(inbox) == [quote(2), trade(1)]
    assert inbox.take_lost_trades() == {}


def test_a_trade_among_depth_only_is_lost_itself() -> None:
    """Where nothing may go for it, the new trade is the one that is lost."""
    inbox = filled(1, DEPTH)

    offer(inbox, trade(1))

    assert taken(inbox) == [DEPTH]
    assert inbox.take_lost_trades() == {"BTCUSDT": 1}


def test_a_lost_trade_without_a_usable_name_makes_no_hole() -> None:
    """A stream that cannot exist has no numbers to skip."""
    nameless = raw(trade_fields(1, s="a.b"))
    inbox = filled(1, nameless)

    offer(inbox, trade(2))

    assert inbox.take_lost_trades() == {}


def test_depth_is_dropped_when_there_is_no_room() -> None:
    """The update ids of the book tell the gap, so that nothing else has to go."""
    inbox = filled(1, quote(1))

    offer(inbox, DEPTH)

    assert taken(inbox) == [quote(1)]
    assert inbox.take_casualties() == {(MessageKind.DEPTH, Fate.DROPPED): 1}


@pytest.mark.parametrize(
    ("waiting", "left"),
    [
        ((DEPTH, trade(1), quote(1)), [DEPTH, trade(1), CONTROL]),
        ((DEPTH, trade(1), trade(2)), [DEPTH, trade(2), CONTROL]),
        ((CONTROL, DEPTH, DEPTH), [CONTROL, DEPTH, CONTROL]),
        ((CONTROL, CONTROL, CONTROL), [CONTROL, CONTROL, CONTROL]),
    ],
)
def test_control_always_finds_room(waiting: tuple[bytes, ...], left: list[bytes]) -> None:
    """A quote goes for control, else a trade, else depth; never other control."""
    inbox = filled(3, *waiting)

    offer(inbox, CONTROL)

    assert taken(inbox) == left


def test_a_break_is_known_by_each_message_behind_it() -> None:
    """Each message tells how often continuity had been lost before it."""
    inbox = filled(10, trade(1))
    inbox.begin_run()
    inbox.begin_run()
    offer(inbox, trade(2))

    assert [message.run for message in inbox.take(5)] == [0, 2]


def test_breaks_are_told_with_the_messages_that_they_stand_before() -> None:
    """Each break is told once, with what it concerns, as soon as a message of its run is there."""
    inbox = filled(10, trade(1))
    inbox.begin_run(["BTCUSDT"])
    offer(inbox, trade(2))
    inbox.begin_run()
    offer(inbox, trade(3))

    runs = [message.run for message in inbox.take(5)]

    assert [inbox.take_breaks(run) for run in runs] == [[], [frozenset({"BTCUSDT"})], [None]]
    assert inbox.take_breaks(runs[-1]) == []


def test_more_breaks_than_can_be_kept_concern_everything() -> None:
    """What is kept of breaks is bounded; one that concerns all takes the place of many."""
    inbox = filled(10)
    for _ in range(MAX_BREAKS + 1):
        inbox.begin_run(["BTCUSDT"])
    offer(inbox, trade(1))

    (message,) = inbox.take(1)

    assert inbox.take_breaks(message.run) == [None]


def test_nothing_moves_over_a_break() -> None:
    """A quote from after a break takes no place from before it."""
    inbox = filled(2, quote(1), trade(1))
    inbox.begin_run()

    offer(inbox, quote(2))

    assert [(message.data, message.run) for message in inbox.take(5)] == [(trade(1), 0), (quote(2), 1)]


def test_a_feed_that_can_wait_goes_on_below_half() -> None:
    """Half full is too full; one less is not."""
    inbox = filled(4, trade(1), trade(2))

    assert not inbox.is_half_empty

    inbox.take(1)

    assert inbox.is_half_empty


def test_an_inbox_for_one_message_lets_the_feed_go_on_when_empty() -> None:
    """The smallest inbox has room when nothing waits."""
    assert filled(1).is_half_empty


def test_a_cleared_inbox_is_empty() -> None:
    """After clearing nothing waits, and nothing old is replaced."""
    inbox = filled(1, quote(1))

    inbox.clear()
    offer(inbox, quote(2))

    assert taken(inbox) == [quote(2)]


def test_what_waits_of_some_instruments_can_be_forgotten() -> None:
    """The rest keeps its order; nothing counts as lost, and a newer quote takes no place of one that is gone."""
    ethusdt = [trade(1, s="ETHUSDT"), quote(1, s="ETHUSDT")]
    inbox = filled(4, trade(1), ethusdt[0], quote(1), ethusdt[1])

    inbox.discard({"BTCUSDT"})
    offer(inbox, quote(2), quote(3), quote(4))

    assert taken(inbox) == [*ethusdt, quote(2), quote(4)]
    assert inbox.take_casualties() == {(MessageKind.QUOTE, Fate.CONFLATED): 1}


def test_losses_of_what_is_forgotten_are_forgotten() -> None:
    """A hole in numbers that nobody has any more is none."""
    inbox = filled(1, trade(1), trade(2))

    inbox.discard({"BTCUSDT", "ETHUSDT"})

    assert len(inbox) == 0
    assert inbox.take_lost_trades() == {}
