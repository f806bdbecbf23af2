"""`tapecast.admin.tokens.*`: tokens that let nobody in any more."""

from collections.abc import Sequence

from components.admin.administration import Act, revocation_of
from components.admin.arguments import check_confirmed, issued_before_of, reason_of, subject_of
from components.admin.commands_component import Commands, Deed
from components.admin.facts import Subject
from components.admin.keeper_component import Keeper
from components.admin.payloads import concerned_body, revocation_row
from components.admin.seams_component import AdminSeams
from components.contract.envelope import Payload
from components.contract.topics import PREFIX
from components.model.entry import Revocations
from components.wamp.procedures import Caller, Handler
from components.wamp.router_control import ConnectedSession


class TokensDesk:
    """Revoke tokens: one, all of a user's up to a moment, or all that a key has signed."""

    def __init__(self, seams: AdminSeams, keeper: Keeper, commands: Commands) -> None:
        self._seams = seams
        self._keeper = keeper
        self._commands = commands

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        revoke, restore = f"{PREFIX}.admin.tokens.revoke", f"{PREFIX}.admin.tokens.restore"
        return {
            f"{PREFIX}.admin.tokens.list_revocations": self.list_revocations,
            revoke: self._commands.command(revoke, self.revoke),
            restore: self._commands.command(restore, self.restore),
        }

    def list_revocations(self, _caller: Caller) -> list[Payload]:
        """What is revoked now, in the order in which it was said."""
        now_ns = self._seams.wall_clock_ns()
        held = self._keeper.state.revocations
        return [revocation_row(one) for one in held if one.expires_at_ns is None or one.expires_at_ns > now_ns]

    def revoke(
        self,
        caller: Caller,
        token_id: object = None,
        user_id: object = None,
        key_id: object = None,
        issued_before: object = None,
        reason: object = None,
        confirm: object = None,
    ) -> Deed:
        """
        Let tokens let nobody in any more; the connections of those who came in with one are ended.

        Raises:
            InvalidArgument: An argument does not fit, there are too many revocations, or the key is that of the
                operator's own token, and that was not said twice.
        """
        subject, name = subject_of(token_id=token_id, user_id=user_id, key_id=key_id)
        act = Act(by=caller.user_id, reason=reason_of(reason), now_ns=self._seams.wall_clock_ns())
        before_s = issued_before_of(subject, issued_before, now_ns=act.now_ns)
        sessions = [one for one in self._seams.control.connected_sessions() if one.credential is not None]
        if subject is Subject.USER and issued_before is None:
            before_s = max([before_s or 0.0, *_issued_s(sessions, name)])
        if subject is Subject.KEY and name in _own_keys(sessions, caller):
            check_confirmed(confirm, name)
        end_ns = self._seams.lifetime.end_ns(
            subject, issued_before_s=before_s, known_end_s=_known_end_s(sessions, name), now_ns=act.now_ns
        )
        revoked = self._keeper.administration.revoke(subject, name, act, issued_before_s=before_s, expires_at_ns=end_ns)
        is_concerned = Revocations([revocation_of(revoked)]).hold
        concerned = [one for one in sessions if one.credential is not None and is_concerned(one.credential)]
        return lambda: {**revocation_row(revoked), **concerned_body(concerned, caller.session_id)}

    def restore(
        self,
        caller: Caller,
        token_id: object = None,
        user_id: object = None,
        key_id: object = None,
        reason: object = None,
    ) -> Deed:
        """
        Take a revocation back.

        Raises:
            InvalidArgument: An argument does not fit, or there is no such revocation.
        """
        subject, name = subject_of(token_id=token_id, user_id=user_id, key_id=key_id)
        act = Act(by=caller.user_id, reason=reason_of(reason), now_ns=self._seams.wall_clock_ns())
        self._keeper.administration.restore_tokens(subject, name, act)
        return lambda: {subject.value: name, "restored": True}


def _own_keys(sessions: Sequence[ConnectedSession], caller: Caller) -> set[str]:
    return {
        one.credential.key_id for one in sessions if one.credential is not None and one.session_id == caller.session_id
    }


def _issued_s(sessions: Sequence[ConnectedSession], user_id: str) -> list[float]:
    """When the tokens that a user is connected by were issued: by their issuer's clock, which may be ahead of ours."""
    credentials = (one.credential for one in sessions if one.credential is not None)
    return [one.issued_at_s for one in credentials if one.user_id == user_id and one.issued_at_s is not None]


def _known_end_s(sessions: Sequence[ConnectedSession], token_id: str) -> int | None:
    ends_s = (
        one.credential.expires_at_s
        for one in sessions
        if one.credential is not None and one.credential.token_id == token_id
    )
    return max(ends_s, default=None)
