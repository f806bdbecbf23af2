"""What operators say of who may be connected, and what of it holds."""

import ipaddress
from typing import Any

import msgspec
import pytest

from components.admin.administration import MOST_BLOCKS, MOST_REVOCATIONS, Act, Administration
from components.admin.facts import AnyAdminFact, Blocked, MaintenanceEnded, Restored, Revoked, Subject, encode_fact
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.model.credentials import Credential
from components.model.entry import BlockedNetwork, Maintenance
from components.model.errors import InvalidArgument

NOW_NS = 1_767_225_600_000_000_000
NOW_S = NOW_NS // NS_PER_S
LATER_NS = NOW_NS + 3600 * NS_PER_S
NETWORK = ipaddress.ip_network("203.0.113.0/24")


def act(now_ns: int = NOW_NS, reason: str = "why") -> Act:
    """Something that an operator does."""
    return Act(by="op", reason=reason, now_ns=now_ns)


def credential(**changes: object) -> Credential:
    """What alice was let in for."""
    token: dict[str, object] = {"user_id": "alice", "role": Role.TRADER, "token_id": "t1", "key_id": "k1"}
    times: dict[str, object] = {"issued_at_s": NOW_S - 60, "expires_at_s": NOW_S + 60}
    return Credential(**{**token, **times, **changes})  # type: ignore[arg-type]  # by name


@pytest.fixture
def administration() -> Administration:
    """With nothing said."""
    return Administration()


def revoke(
    administration: Administration, name: str = "t1", subject: Subject = Subject.TOKEN, **said: object
) -> Revoked:
    """Revoke something, at some time, until some time."""
    given: dict[str, object] = {"issued_before_s": None, "expires_at_ns": LATER_NS, "now_ns": NOW_NS, **said}
    now_ns = given.pop("now_ns")
    return administration.revoke(subject, name, act(now_ns), **given)  # type: ignore[arg-type]  # by name


def is_revoked(administration: Administration, now_ns: int = NOW_NS, **token: object) -> bool:
    """Whether the router would hold a token for revoked."""
    return administration.state(now_ns=now_ns).rules().revocations.hold(credential(**token))


@pytest.mark.parametrize(
    ("subject", "name", "another"),
    [
        (Subject.TOKEN, "t1", {"token_id": "t2"}),
        (Subject.KEY, "k1", {"key_id": "k2"}),
        (Subject.USER, "alice", {"user_id": "bob"}),
    ],
)
def test_what_is_revoked_holds_and_nothing_else(
    administration: Administration, subject: Subject, name: str, another: dict[str, Any]
) -> None:
    """A token, a key, or a user's tokens; that of another name is as good as before."""
    revoke(administration, name, subject, issued_before_s=NOW_S if subject is Subject.USER else None)

    assert is_revoked(administration)
    assert not is_revoked(administration, **another)


def test_a_users_newer_tokens_are_good(administration: Administration) -> None:
    """Those from behind the moment are; those that do not say when are not."""
    revoke(administration, "alice", Subject.USER, issued_before_s=float(NOW_S))

    assert not is_revoked(administration, issued_at_s=NOW_S + 1)
    assert is_revoked(administration, issued_at_s=NOW_S)
    assert is_revoked(administration, issued_at_s=None)


def test_a_user_revoked_up_to_an_earlier_moment_changes_nothing(administration: Administration) -> None:
    """What is revoked stays so, with its words, and there is no fact."""
    held = revoke(administration, "alice", Subject.USER, issued_before_s=float(NOW_S))
    administration.take()

    again = revoke(administration, "alice", Subject.USER, issued_before_s=NOW_S - 5)

    assert again == held
    assert administration.take() == []


def test_the_later_end_counts_and_the_newer_words(administration: Administration) -> None:
    """A revocation said again lasts no shorter than it did; never is later than any time."""
    revoke(administration, expires_at_ns=LATER_NS)
    again = administration.revoke(
        Subject.TOKEN, "t1", act(reason="again"), issued_before_s=None, expires_at_ns=LATER_NS - 1
    )
    for_ever = revoke(administration, expires_at_ns=None)
    still = revoke(administration, expires_at_ns=LATER_NS)

    assert (again.expires_at_ns, again.reason) == (LATER_NS, "again")
    assert (for_ever.expires_at_ns, still.expires_at_ns) == (None, None)
    assert len(administration.state(now_ns=NOW_NS).revocations) == 1


def test_a_revocation_ends_with_its_tokens(administration: Administration) -> None:
    """At its end it holds no more, and is gone with the next fact."""
    revoke(administration)

    assert is_revoked(administration, LATER_NS - 1)
    assert administration.state(now_ns=LATER_NS).revocations == ()

    administration.block(NETWORK, act(LATER_NS), expires_at_ns=None)

    assert b"t1" not in administration.checkpoint()


def test_a_revocation_is_taken_back_once(administration: Administration) -> None:
    """What is not revoked cannot be: somebody means another."""
    revoke(administration)
    administration.restore_tokens(Subject.TOKEN, "t1", act())

    assert not is_revoked(administration)
    with pytest.raises(InvalidArgument) as raised:
        administration.restore_tokens(Subject.TOKEN, "t1", act())
    assert raised.value.details == {"field": "token_id"}


def test_one_subjects_names_are_not_anothers(administration: Administration) -> None:
    """A user may be called as a token is."""
    revoke(administration, "alice", Subject.KEY)

    with pytest.raises(InvalidArgument):
        administration.restore_tokens(Subject.USER, "alice", act())


def test_revocations_are_bounded(administration: Administration) -> None:
    """One too many is refused and changes nothing; one that is held can be said again, and time makes room."""
    for number in range(MOST_REVOCATIONS):
        revoke(administration, f"t{number}")
    administration.take()

    with pytest.raises(InvalidArgument) as raised:
        revoke(administration, "one more")
    assert raised.value.details == {"field": "token_id"}
    assert administration.take() == []

    revoke(administration, "t5")
    revoke(administration, "one more", now_ns=LATER_NS, expires_at_ns=LATER_NS + 1)

    assert len(administration.state(now_ns=LATER_NS).revocations) == 1


def test_blocked_networks_are_bounded(administration: Administration) -> None:
    """In the same way."""
    first = int(ipaddress.ip_address("10.0.0.0"))
    for number in range(MOST_BLOCKS):
        administration.block(ipaddress.ip_network((first + number, 32)), act(), expires_at_ns=LATER_NS)

    with pytest.raises(InvalidArgument) as raised:
        administration.block(NETWORK, act(), expires_at_ns=None)
    assert raised.value.details == {"field": "address"}

    administration.block(ipaddress.ip_network((first, 32)), act(), expires_at_ns=LATER_NS)
    administration.block(NETWORK, act(LATER_NS), expires_at_ns=None)

    assert [one.network for one in administration.state(now_ns=LATER_NS).blocks] == [str(NETWORK)]


def test_a_network_is_blocked_until_the_end_that_was_said_last(administration: Administration) -> None:
    """The router is told the end, and keeps to it itself."""
    administration.block(NETWORK, act(), expires_at_ns=None)
    blocked = administration.block(NETWORK, act(), expires_at_ns=LATER_NS)

    (told,) = administration.state(now_ns=NOW_NS).rules().blocked
    assert told == BlockedNetwork(network=NETWORK, expires_at_ns=LATER_NS)
    assert blocked.expires_at_ns == LATER_NS
    assert administration.state(now_ns=LATER_NS).blocks == ()


def test_a_network_is_unblocked_by_its_own_name(administration: Administration) -> None:
    """A part of it is not, and the error says of what it is a part."""
    administration.block(ipaddress.ip_network("2001:db8::/32"), act(), expires_at_ns=None)
    administration.block(NETWORK, act(), expires_at_ns=None)

    with pytest.raises(InvalidArgument, match=r"it is within 203\.0\.113\.0/24, which is"):
        administration.unblock(ipaddress.ip_network("203.0.113.7"), act())
    with pytest.raises(InvalidArgument) as raised:
        administration.unblock(ipaddress.ip_network("192.0.2.1"), act())
    assert raised.value.details == {"field": "address"}

    administration.unblock(NETWORK, act())

    assert [one.network for one in administration.state(now_ns=NOW_NS).blocks] == ["2001:db8::/32"]


def test_maintenance_is_as_it_was_said_last_until_it_ends(administration: Administration) -> None:
    """Our own processes are let in whatever is said; its end is told once."""
    assert administration.end_maintenance(act()) is False
    administration.begin_maintenance(frozenset({Role.ADMIN}), frozenset(), "first", act())
    begun = administration.begin_maintenance(
        frozenset({Role.ADMIN, Role.RISK}), frozenset({"orders", "bots"}), "back at noon", act()
    )

    assert (begun.roles, begun.refused) == ((Role.RISK, Role.ADMIN), ("bots", "orders"))
    assert administration.state(now_ns=NOW_NS).rules().maintenance == Maintenance(
        roles=frozenset({Role.ADMIN, Role.RISK, Role.GATEWAY}),
        refused=frozenset({"orders", "bots"}),
        message="back at noon",
    )

    assert administration.end_maintenance(act()) is True
    assert administration.state(now_ns=NOW_NS).rules().maintenance is None
    assert isinstance(administration.take()[-1], MaintenanceEnded)


def test_every_fact_says_who_when_and_why(administration: Administration) -> None:
    """Each is told once."""
    revoke(administration)
    administration.restore_tokens(Subject.TOKEN, "t1", act())
    administration.block(NETWORK, act(), expires_at_ns=None)

    facts = administration.take()

    assert [type(fact) for fact in facts] == [Revoked, Restored, Blocked]
    assert {(fact.ts_ns, fact.by, fact.reason) for fact in facts} == {(NOW_NS, "op", "why")}
    assert administration.take() == []


def replayed(facts: list[AnyAdminFact]) -> Administration:
    """What another process makes of the facts that were recorded."""
    another = Administration()
    for fact in facts:
        another.apply_record(encode_fact(fact))
    return another


def test_a_checkpoint_and_the_facts_make_the_same(administration: Administration) -> None:
    """Whether a later process finds the state, or all that led to it."""
    revoke(administration)
    revoke(administration, "alice", Subject.USER, issued_before_s=float(NOW_S))
    administration.block(NETWORK, act(), expires_at_ns=LATER_NS)
    administration.begin_maintenance(frozenset({Role.ADMIN}), frozenset({"orders"}), "soon", act())
    facts = administration.take()

    restored = Administration()
    restored.restore(administration.checkpoint())

    assert restored.checkpoint() == replayed(facts).checkpoint() == administration.checkpoint()
    assert restored.state(now_ns=NOW_NS) == administration.state(now_ns=NOW_NS)
    assert restored.take() == replayed(facts).take() == []


def test_what_is_no_fact_is_refused_by_its_form(administration: Administration) -> None:
    """A younger version's record is not taken for another."""
    with pytest.raises(msgspec.DecodeError):
        administration.apply_record(msgspec.msgpack.encode({"type": "Renamed", "ts_ns": 1}))
