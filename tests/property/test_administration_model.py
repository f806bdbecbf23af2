"""What operators say against a plain account of it, with processes that die and start from facts or a checkpoint."""

import ipaddress

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from components.admin.administration import Act, Administration
from components.admin.facts import AnyAdminFact, Subject, encode_fact
from components.contract.envelope import NS_PER_S
from components.contract.roles import Role
from components.model.credentials import Credential
from components.model.errors import InvalidArgument

BEGIN_NS = 1_767_225_600_000_000_000
NAMES = ("alice", "bob")
NETWORKS = tuple(map(ipaddress.ip_network, ("203.0.113.0/24", "203.0.113.7", "2001:db8::/32")))
TOKENS = tuple(
    Credential(
        user_id=user_id,
        role=Role.TRADER,
        token_id=token_id,
        key_id=key_id,
        issued_at_s=issued_at_s,
        expires_at_s=0,
    )
    for user_id in (*NAMES, "carol")
    for token_id in (*NAMES, None)
    for key_id in (*NAMES, "k")
    for issued_at_s in (None, BEGIN_NS / NS_PER_S, BEGIN_NS / NS_PER_S + 5)
)
"""Names are shared by users, tokens and keys on purpose."""

subjects = st.sampled_from(Subject)
names = st.sampled_from(NAMES)
networks = st.sampled_from(NETWORKS)
lifetimes_s = st.sampled_from([None, 1, 5, 20])


@attrs.define
class Plain:
    """
    What is true, in the simplest form.

    Attributes:
        revoked: Up to when tokens were issued, and when that ends, by what is revoked.
        blocked: When each block ends.
        maintenance: What was said last.
    """

    revoked: dict[tuple[Subject, str], tuple[float | None, int | None]] = attrs.field(factory=dict)
    blocked: dict[str, int | None] = attrs.field(factory=dict)
    maintenance: str | None = None

    def forget(self, now_ns: int) -> None:
        """Let go of what has ended."""
        self.revoked = {key: held for key, held in self.revoked.items() if held[1] is None or held[1] > now_ns}
        self.blocked = {name: end for name, end in self.blocked.items() if end is None or end > now_ns}

    def is_revoked(self, token: Credential) -> bool:
        """Whether a token lets nobody in."""
        by_name = (Subject.TOKEN, token.token_id) in self.revoked or (Subject.KEY, token.key_id) in self.revoked
        before_s, _ = self.revoked.get((Subject.USER, token.user_id), (None, None))
        return by_name or (before_s is not None and (token.issued_at_s is None or token.issued_at_s <= before_s))


class AdministrationMachine(RuleBasedStateMachine):
    """Operators say things, time goes by, and processes end."""

    def __init__(self) -> None:
        """Begin with nothing said."""
        super().__init__()
        self.now_ns = BEGIN_NS
        self.plain = Plain()
        self.administration = Administration()
        self.facts: list[AnyAdminFact] = []
        self.checkpoint = self.administration.checkpoint()
        self.behind_checkpoint = 0

    @rule(passed_ms=st.sampled_from([1, 999, 1000, 7000]))
    def wait(self, passed_ms: int) -> None:
        """Time goes by."""
        self.now_ns += passed_ms * 1_000_000
        self.plain.forget(self.now_ns)

    @rule(subject=subjects, name=names, lifetime_s=lifetimes_s, ago_s=st.sampled_from([0, 1, 3]))
    def revoke(self, subject: Subject, name: str, lifetime_s: int | None, ago_s: int) -> None:
        """A token, a key, or a user's tokens up to now or a little before."""
        before_s = self.now_ns / NS_PER_S - ago_s if subject is Subject.USER else None
        end_ns = None if lifetime_s is None else self.now_ns + lifetime_s * NS_PER_S
        self.administration.revoke(subject, name, self.act(), issued_before_s=before_s, expires_at_ns=end_ns)
        self.keep()
        held_before_s, held_end_ns = self.plain.revoked.get((subject, name), (None, 0))
        if held_before_s is None or before_s is None or before_s >= held_before_s:
            later_ns = None if held_end_ns is None or end_ns is None else max(held_end_ns, end_ns)
            self.plain.revoked[subject, name] = (before_s, later_ns)

    @rule(subject=subjects, name=names)
    def restore(self, subject: Subject, name: str) -> None:
        """What is revoked can be taken back, and nothing else."""
        is_held = self.plain.revoked.pop((subject, name), None) is not None
        assert is_held is self.is_done(lambda: self.administration.restore_tokens(subject, name, self.act()))

    @rule(network=networks, lifetime_s=lifetimes_s)
    def block(self, network: ipaddress.IPv4Network, lifetime_s: int | None) -> None:
        """A network, for a while or for ever."""
        end_ns = None if lifetime_s is None else self.now_ns + lifetime_s * NS_PER_S
        self.administration.block(network, self.act(), expires_at_ns=end_ns)
        self.keep()
        self.plain.blocked[str(network)] = end_ns

    @rule(network=networks)
    def unblock(self, network: ipaddress.IPv4Network) -> None:
        """What is blocked by its own name can be unblocked, and nothing else."""
        is_held = str(network) in self.plain.blocked
        self.plain.blocked.pop(str(network), None)
        assert is_held is self.is_done(lambda: self.administration.unblock(network, self.act()))

    @rule(message=names)
    def begin_maintenance(self, message: str) -> None:
        """Whatever there was before."""
        self.administration.begin_maintenance(frozenset({Role.ADMIN}), frozenset(), message, self.act())
        self.keep()
        self.plain.maintenance = message

    @rule()
    def end_maintenance(self) -> None:
        """Whether there is some or not."""
        assert self.administration.end_maintenance(self.act()) is (self.plain.maintenance is not None)
        self.keep()
        self.plain.maintenance = None

    @rule()
    def take_checkpoint(self) -> None:
        """A later process finds the state."""
        self.checkpoint, self.behind_checkpoint = self.administration.checkpoint(), len(self.facts)

    @rule(has_checkpoint=st.booleans())
    def start_anew(self, has_checkpoint: bool) -> None:  # noqa: FBT001 - drawn
        """Another process makes the very same state of the facts, or of a checkpoint and the facts behind it."""
        another = Administration()
        if has_checkpoint:
            another.restore(self.checkpoint)
        for fact in self.facts[self.behind_checkpoint if has_checkpoint else 0 :]:
            another.apply_record(encode_fact(fact))
        assert another.checkpoint() == self.administration.checkpoint()
        self.administration = another

    @invariant()
    def what_holds_is_what_is_true(self) -> None:
        """Every token, every block with its end, and maintenance."""
        state = self.administration.state(now_ns=self.now_ns)
        rules = state.rules()
        assert {token for token in TOKENS if rules.revocations.hold(token)} == {
            token for token in TOKENS if self.plain.is_revoked(token)
        }
        assert {str(one.network): one.expires_at_ns for one in rules.blocked} == self.plain.blocked
        assert (rules.maintenance and rules.maintenance.message) == self.plain.maintenance
        assert len(state.revocations) == len(self.plain.revoked)

    def act(self) -> Act:
        """Now."""
        return Act(by="op", reason="why", now_ns=self.now_ns)

    def is_done(self, command: object) -> bool:
        """Whether a command is not refused."""
        assert callable(command)
        try:
            command()
        except InvalidArgument:
            assert not self.administration.take()
            return False
        self.keep()
        return True

    def keep(self) -> None:
        """The facts are in the journal."""
        self.facts += self.administration.take()


TestAdministration = AdministrationMachine.TestCase
TestAdministration.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
