"""Whose turn it is to be looked at."""

from components.risk.rounds import Rounds

USERS = [f"user{number}" for number in range(25)]


def test_who_changed_comes_first() -> None:
    """In the order in which they did, each once."""
    rounds = Rounds()
    for user_id in ("user7", "user3", "user7"):
        rounds.note_changed(user_id)

    chosen = rounds.choose((), lambda: USERS, most=4)

    assert chosen == ["user7", "user3", "user0", "user1"]
    assert rounds.choose((), lambda: USERS, most=2) == ["user2", "user3"]


def test_too_many_changes_wait() -> None:
    """And leave room for one of the rest."""
    rounds = Rounds()
    for user_id in USERS[:20]:
        rounds.note_changed(user_id)

    turns = [rounds.choose((), lambda: USERS[20:], most=10) for _ in range(3)]

    assert turns == [
        [*USERS[:9], "user20"],
        [*USERS[9:18], "user21"],
        [*USERS[18:20], *USERS[22:25]],
    ]


def test_who_is_urgent_is_looked_at_every_time() -> None:
    """However many there are, and once each."""
    rounds = Rounds()
    rounds.note_changed("user5")

    turns = [rounds.choose(USERS[5:9], lambda: USERS, most=3) for _ in range(2)]

    assert turns == [[*USERS[5:9], "user0"], [*USERS[5:9], "user1"]]


def test_who_has_little_margin_left_is_looked_at_before_all_others() -> None:
    """Every time, as long as they are no more than half of a turn; then in turn."""
    rounds = Rounds()
    for user_id in USERS[10:13]:
        rounds.note_stake(user_id, has_stake=True, is_pressed=True)
    rounds.note_changed("user20")

    turns = [rounds.choose((), lambda: USERS, most=6) for _ in range(2)]
    rounds.note_stake("user11", has_stake=True)
    turns += [rounds.choose((), lambda: USERS, most=4) for _ in range(2)]

    assert [turn[:3] for turn in turns[:2]] == [USERS[10:13]] * 2
    assert turns[0][3] == "user20"
    assert [turn[:2] for turn in turns[2:]] == [["user10", "user12"]] * 2


def test_nobody_is_forgotten() -> None:
    """With something at stake every few turns, without sooner or later."""
    rounds = Rounds()
    for user_id in USERS[:12]:
        rounds.note_stake(user_id, has_stake=True)
    rounds.note_stake("user0", has_stake=False)

    turns = [rounds.choose((), lambda: USERS, most=5) for _ in range(30)]

    assert {user_id for turn in turns for user_id in turn} == set(USERS)
    at_stake = [set(USERS[1:12]) & set(turn) for turn in turns[:3]]
    assert set().union(*at_stake) == set(USERS[1:12])
    assert all(len(turn) <= 6 for turn in turns)


def test_a_round_of_nobody_is_empty() -> None:
    """Nothing is there to be looked at."""
    assert Rounds().choose((), list, most=5) == []
