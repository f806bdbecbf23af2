"""A subscriber whose connection is cut, and a publisher that is killed: nothing is missing, nothing comes twice."""

import random

import pytest
import pytest_twisted

from tests.support import journal_node
from tests.support.journal_follower import Follower, check_against_journal, levels, pause, told_levels
from tests.support.node import RunningNode


@pytest.mark.parametrize(("cuts", "kills"), [(4, 0), (2, 2)])
@pytest_twisted.ensureDeferred
async def test_what_arrives_is_what_the_journal_has(cuts: int, kills: int) -> None:
    """After cuts and kills a subscriber's log is the journal's, each event once and in order, its book the owner's."""
    moments = random.Random(cuts)
    with RunningNode(command=journal_node.COMMAND, started_in=journal_node.PROJECT) as node:
        follower = Follower.start(node)
        await follower.is_following()
        for _ in range(cuts):
            await pause(moments.uniform(0.3, 0.8))
            await follower.cut(moments)
        for _ in range(kills):
            await pause(moments.uniform(0.3, 0.8))
            await follower.kill()
            await follower.is_following(events=20)
        snapshot = await follower.come_to_rest()
        await follower.stop()
        node.stop()

        figures = check_against_journal(follower)
        assert levels(follower.book) == told_levels(snapshot)

    assert (figures.cuts, figures.kills, figures.losses) == (cuts, kills, 0)
