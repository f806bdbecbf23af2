"""What the component that acts for operators is wired to."""

from collections.abc import Callable

import attrs
from twisted.internet.interfaces import IReactorTime

from components.admin.lifetimes import TokenLifetime
from components.contract.envelope import Payload
from components.wamp.log_level import LogLevelSwitch
from components.wamp.router_control import RouterControl
from components.wamp.router_view import RouterView

Announce = Callable[[str, Payload], None]
"""Publishes on a topic of announcements, which no disk can silence."""


@attrs.frozen(kw_only=True)
class AdminSeams:
    """
    The router that hosts it, and the time.

    Attributes:
        router: Knows what is in a session.
        control: Knows the sessions, ends them, and holds on to what operators say.
        lifetime: How long tokens can be good.
        announce: Publishes to everyone, or to a role.
        containers: Names of the processes beside this one.
        log_level: Sets the level of this process's log.
        clock: Gives the turns.
        monotonic_ns: This process's monotonic clock.
        wall_clock_ns: The time, UNIX nanoseconds.
    """

    router: RouterView
    control: RouterControl
    lifetime: TokenLifetime
    announce: Announce
    containers: tuple[str, ...]
    log_level: LogLevelSwitch
    clock: IReactorTime
    monotonic_ns: Callable[[], int]
    wall_clock_ns: Callable[[], int]
