"""`tapecast.admin.addresses.*`: from where nobody may connect."""

from components.admin.administration import Act
from components.admin.arguments import block_end_of, blockable_of, is_in, network_of, reason_of
from components.admin.commands_component import Commands, Deed
from components.admin.keeper_component import Keeper
from components.admin.payloads import block_row, concerned_body
from components.admin.seams_component import AdminSeams
from components.contract.envelope import Payload
from components.contract.topics import PREFIX
from components.model.errors import InvalidArgument
from components.wamp.procedures import Caller, Handler


class AddressesDesk:
    """Block addresses and networks; what the settings block is not among them."""

    def __init__(self, seams: AdminSeams, keeper: Keeper, commands: Commands) -> None:
        self._seams = seams
        self._keeper = keeper
        self._commands = commands

    def handlers(self) -> dict[str, Handler]:
        """What answers which procedure."""
        block, unblock = f"{PREFIX}.admin.addresses.block", f"{PREFIX}.admin.addresses.unblock"
        return {
            f"{PREFIX}.admin.addresses.list": self.list_blocks,
            block: self._commands.command(block, self.block),
            unblock: self._commands.command(unblock, self.unblock),
        }

    def list_blocks(self, _caller: Caller) -> list[Payload]:
        """What is blocked now, in the order in which it was said."""
        now_ns = self._seams.wall_clock_ns()
        held = self._keeper.state.blocks
        return [block_row(one) for one in held if one.expires_at_ns is None or one.expires_at_ns > now_ns]

    def block(self, caller: Caller, address: object = None, duration_s: object = None, reason: object = None) -> Deed:
        """
        Let nobody connect from an address or a network; connections from there are ended.

        Raises:
            InvalidArgument: An argument does not fit, the operator's own address would be blocked, or too many are.
        """
        sessions = list(self._seams.control.connected_sessions())
        own = next((one.address for one in sessions if one.session_id == caller.session_id), None)
        network = blockable_of(address, own_address=own)
        act = Act(by=caller.user_id, reason=reason_of(reason), now_ns=self._seams.wall_clock_ns())
        end_ns = block_end_of(duration_s, now_ns=act.now_ns)
        blocked = self._keeper.administration.block(network, act, expires_at_ns=end_ns)
        concerned = [one for one in sessions if one.address is not None and is_in(one.address, network)]
        return lambda: {**block_row(blocked), **concerned_body(concerned, caller.session_id)}

    def unblock(self, caller: Caller, address: object = None, reason: object = None) -> Deed:
        """
        Let an address or network connect again that was blocked.

        Raises:
            InvalidArgument: An argument does not fit, or it is not blocked by itself.
        """
        if address is None:
            raise InvalidArgument("address", "is required")
        network = network_of(address)
        act = Act(by=caller.user_id, reason=reason_of(reason), now_ns=self._seams.wall_clock_ns())
        self._keeper.administration.unblock(network, act)
        return lambda: {"address": str(network), "unblocked": True}
