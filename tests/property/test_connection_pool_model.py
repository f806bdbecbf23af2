"""The pool of connections under any order of additions and removals."""

from hypothesis import given
from hypothesis import strategies as st

from components.marketdata.binance.connection_pool import ConnectionPool
from components.model.errors import InvalidArgument

NAMES = [f"A{number}" for number in range(14)]

changes = st.lists(st.tuples(st.booleans(), st.lists(st.sampled_from(NAMES), max_size=8)), max_size=12)
pools = st.builds(ConnectionPool, capacity=st.integers(1, 4), max_connections=st.integers(1, 4))


def places(pool: ConnectionPool) -> dict[str, int]:
    """Where every instrument is."""
    numbers = range(1, pool.max_connections + 1)
    return {name: number for number in numbers for name in pool.members(number)}


@given(pools, changes)
def test_nobody_moves_and_no_connection_is_too_full(pool: ConnectionPool, steps: list[tuple[bool, list[str]]]) -> None:
    """Only what a change names changes; each connection keeps to its capacity, and each instrument has one."""
    for is_addition, names in steps:
        before = places(pool)
        try:
            told = pool.add(names) if is_addition else pool.remove(names)
        except InvalidArgument:
            assert places(pool) == before
            assert len(before.keys() | set(names)) > pool.capacity * pool.max_connections
            continue
        after = places(pool)

        changed = {name: number for number, some in told.items() for name in some}
        assert changed == dict((after if is_addition else before).items() ^ (before if is_addition else after).items())
        assert {*after} == ({*before} | {*names} if is_addition else {*before} - {*names})
        assert set(pool.instruments) == {*after}
        assert all(len(pool.members(number)) <= pool.capacity for number in after.values())


@given(pools, st.lists(st.sampled_from(NAMES), unique=True))
def test_an_empty_pool_is_filled_evenly_by_as_few_as_hold_all(pool: ConnectionPool, names: list[str]) -> None:
    """The sizes differ by one at most, and one connection less would not do."""
    names = names[: pool.capacity * pool.max_connections]

    sizes = [len(some) for some in pool.add(names).values()]

    assert sum(sizes) == len(names)
    assert max(sizes, default=0) - min(sizes, default=0) <= 1
    assert len(sizes) == -(-len(names) // pool.capacity)
