"""Two minutes of 2000 events a second, with a connection that is cut and a publisher that is killed at any moment."""

import random

import pytest
import pytest_twisted
from twisted.internet import reactor

from tests.support import journal_node
from tests.support.journal_follower import Follower, check_against_journal, levels, pause, told_levels
from tests.support.node import RunningNode

DURATION_S = 120.0
LONGEST_TO_CUT_S = 4.0
KILLS_A_CUT = 0.7
CATCHES_UP_A_CUT = 0.5


@pytest.mark.timeout(600)
@pytest.mark.parametrize("with_kills", [False, True])
@pytest_twisted.ensureDeferred
async def test_two_minutes_of_it_lose_nothing(capsys: pytest.CaptureFixture[str], *, with_kills: bool) -> None:
    """The subscriber's log is the journal's, each event once and in order, and its book is the owner's."""
    moments = random.Random(1)
    with RunningNode(command=journal_node.COMMAND, started_in=journal_node.PROJECT) as node:
        follower = Follower.start(node)
        await follower.is_following()
        begun_s = reactor.seconds()
        while reactor.seconds() < begun_s + DURATION_S:
            await pause(moments.uniform(0, LONGEST_TO_CUT_S))
            await follower.cut(moments)
            if with_kills and moments.random() < KILLS_A_CUT:
                await follower.kill()
            # Now and then: away for too long, it could be told no more than the state.
            if moments.random() < CATCHES_UP_A_CUT:
                await follower.is_following()
        snapshot = await follower.come_to_rest()
        await follower.stop()
        node.stop()

        figures = check_against_journal(follower)
        assert levels(follower.book) == told_levels(snapshot)

    with capsys.disabled():
        print(f"\n{figures}")  # noqa: T201 - what the soak came to
    assert figures.losses == 0
