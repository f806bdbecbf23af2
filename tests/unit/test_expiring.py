"""Things that are kept until a time of their own."""

from components.admin.expiring import SPARE_ENTRIES, Expiring


def test_a_thing_is_there_until_its_time() -> None:
    """At that very time it is not; one without a time is there for ever."""
    things: Expiring[str] = Expiring()
    things.put("a", "A", 10)
    things.put("b", "B", None)

    assert things.at(now_ns=9) == ["A", "B"]
    assert things.at(now_ns=10) == ["B"]
    assert (things.find("a", now_ns=9), things.find("a", now_ns=10)) == ("A", None)
    assert (things.find("b", now_ns=1 << 62), things.find("c", now_ns=0)) == ("B", None)


def test_what_is_put_again_is_behind_all_others_with_its_new_time() -> None:
    """The earlier time counts no more."""
    things: Expiring[str] = Expiring()
    things.put("a", "A", 10)
    things.put("b", "B", 30)
    things.put("a", "A2", 20)

    things.drop_expired(now_ns=10)

    assert things.all() == ["B", "A2"]

    things.drop_expired(now_ns=20)

    assert things.all() == ["B"]


def test_what_was_removed_comes_back_by_no_time() -> None:
    """Its time may come when another of its name is there."""
    things: Expiring[str] = Expiring()
    things.put("a", "A", 10)
    things.remove("a")
    things.remove("a")
    things.put("a", "A2", None)

    things.drop_expired(now_ns=10)

    assert things.all() == ["A2"]


def test_one_thing_put_again_and_again_costs_no_more() -> None:
    """The times that count no more are let go of."""
    things: Expiring[int] = Expiring()
    things.put("other", -1, None)
    for number in range(10 * SPARE_ENTRIES):
        things.put("a", number, 1_000_000 + number)

    assert len(things._ends) <= 2 * 2 + SPARE_ENTRIES
    things.drop_expired(now_ns=1_000_000 + 10 * SPARE_ENTRIES - 2)
    assert things.all() == [-1, 10 * SPARE_ENTRIES - 1]
