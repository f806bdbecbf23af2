"""Every path that is answered over HTTP, as data: what it takes, what it answers, which errors, and who may ask."""

from collections.abc import Mapping

import attrs

from components.contract.errors import ErrorCode
from components.contract.http_schemas import Schema

STATUS_OF_ERRORS: Mapping[ErrorCode, int] = {
    ErrorCode.INVALID_ARGUMENT: 400,
    ErrorCode.AUTHENTICATION_REQUIRED: 401,
    ErrorCode.TOKEN_INVALID: 401,
    ErrorCode.TOKEN_EXPIRED: 401,
    ErrorCode.TOKEN_REVOKED: 401,
    ErrorCode.NOT_AUTHORIZED: 403,
    ErrorCode.USER_INACTIVE: 403,
    ErrorCode.UNKNOWN_INSTRUMENT: 404,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.INTERNAL: 500,
    ErrorCode.MAINTENANCE: 503,
    ErrorCode.UNAVAILABLE: 503,
}
"""The HTTP status of each code that comes over HTTP."""


@attrs.frozen(kw_only=True)
class Parameter:
    """
    What stands behind a path's head.

    Attributes:
        name: As it stands in braces.
        content: What it is.
        example: One that works.
    """

    name: str
    content: str
    example: str


@attrs.frozen(kw_only=True)
class HttpPath:
    """
    One path that answers GET and HEAD.

    Attributes:
        path: With its parameter in braces, such as `/api/prices/{instrument}`.
        name: One word that tools call it by.
        summary: What it answers, in a few words.
        description: More of it, in Markdown.
        schema: The name of the answer's schema; None where the answer is described elsewhere, as an OpenAPI is.
        parameter: What stands behind the head, where something has to.
        also_with: Other statuses that come with the same body, and when.
        errors: The codes that it may answer, besides those that every path may.
        asks_for_token: Whether it wants a token where the gateway is not public.
        is_counted: Whether an address may ask only so often.
        may_be_late: Whether it asks somebody who may be away.
    """

    path: str
    name: str
    summary: str
    description: str
    schema: Schema | None
    parameter: Parameter | None = None
    also_with: Mapping[int, str] = attrs.field(factory=dict)
    errors: tuple[ErrorCode, ...] = ()
    asks_for_token: bool = False
    is_counted: bool = True
    may_be_late: bool = True

    @property
    def head(self) -> str:
        """What the router knows the path by: without the slash before it and the parameter behind it."""
        return self.path.partition("/{")[0].removeprefix("/")


_OF_TOKENS = (
    ErrorCode.AUTHENTICATION_REQUIRED,
    ErrorCode.TOKEN_INVALID,
    ErrorCode.TOKEN_EXPIRED,
    ErrorCode.TOKEN_REVOKED,
    ErrorCode.USER_INACTIVE,
    ErrorCode.NOT_AUTHORIZED,
)
_BELOW = "At most 1000 topics; `more` says whether there are others. Topics of an owner that is `away` are missing."

HTTP_PATHS: tuple[HttpPath, ...] = (
    HttpPath(
        path="/health",
        name="health",
        summary="how each part of the node is",
        description="For load balancers: 200 where no part is down, and 503 with the same body where one is.",
        schema=Schema.HEALTH,
        also_with={503: "a part is down"},
        is_counted=False,
    ),
    HttpPath(
        path="/api/status",
        name="status",
        summary="the same parts, the uptime, and what waits",
        description="Always 200, whatever is down. `queues` counts messages for clients by lane, and those of feeds.",
        schema=Schema.STATUS,
    ),
    HttpPath(
        path="/api/stats",
        name="stats",
        summary="connections, subscriptions, messages and errors",
        description="Taken once a second; `per_second` is of the last five.",
        schema=Schema.STATS,
    ),
    HttpPath(
        path="/api/performance",
        name="performance",
        summary="how long deliveries take, by topic family",
        description="From an event's arrival in the router to a receiver's socket, in milliseconds.",
        schema=Schema.PERFORMANCE,
    ),
    HttpPath(
        path="/api/topics",
        name="topics",
        summary="the topics that everyone may read",
        description=f"{_BELOW} A prefix finds fewer.",
        schema=Schema.TOPICS,
        errors=_OF_TOKENS,
        asks_for_token=True,
    ),
    HttpPath(
        path="/api/topics/{prefix}",
        name="topicsBelow",
        summary="the topics below a prefix",
        description=_BELOW,
        schema=Schema.TOPICS,
        parameter=Parameter(name="prefix", content="whole components of a URI", example="tapecast.price"),
        errors=_OF_TOKENS,
        asks_for_token=True,
    ),
    HttpPath(
        path="/api/prices/{instrument}",
        name="price",
        summary="the consolidated price of an instrument",
        description="What `tapecast.market.get_price` answers. An alias works too: `/api/prices/BTC/USDT`.",
        schema=Schema.PRICE,
        parameter=Parameter(name="instrument", content="an instrument, or an alias of it", example="BTCUSDT"),
        errors=(ErrorCode.INVALID_ARGUMENT, ErrorCode.UNKNOWN_INSTRUMENT, *_OF_TOKENS),
        asks_for_token=True,
    ),
    HttpPath(
        path="/api/demo/users",
        name="demoUsers",
        summary="on a development gateway, whose tokens it makes",
        description="None on any other, and to whoever is not at the gateway's own machine. Never kept by a cache.",
        schema=Schema.DEMO_USERS,
        may_be_late=False,
    ),
    HttpPath(
        path="/api/demo/token/{user}",
        name="demoToken",
        summary="on a development gateway, a token of one of them",
        description="404 on any other, and to whoever is not at the gateway's own machine. Never kept by a cache.",
        schema=Schema.DEMO_TOKEN,
        parameter=Parameter(name="user", content="one of the demo users", example="alice"),
        may_be_late=False,
    ),
    HttpPath(
        path="/openapi.json",
        name="openapi",
        summary="these paths, as OpenAPI 3.1",
        description="Made at the start of the node; it has an `ETag`.",
        schema=None,
        is_counted=False,
    ),
    HttpPath(
        path="/contract.json",
        name="contract",
        summary="the WAMP contract: topics, procedures, roles, errors, closes",
        description="Made at the start of the node; it has an `ETag`.",
        schema=None,
        is_counted=False,
    ),
)


def errors_of(path: HttpPath) -> tuple[ErrorCode, ...]:
    """The codes that a path may answer, in the order of the contract."""
    codes = {ErrorCode.METHOD_NOT_ALLOWED, *path.errors}
    if path.schema is not None:
        codes |= {ErrorCode.NOT_FOUND, ErrorCode.INTERNAL}
        codes |= {ErrorCode.UNAVAILABLE} if path.may_be_late else set()
    if path.asks_for_token:
        codes.add(ErrorCode.MAINTENANCE)
        codes.add(ErrorCode.INVALID_ARGUMENT)
    if path.is_counted:
        codes.add(ErrorCode.RATE_LIMITED)
    return tuple(code for code in ErrorCode if code in codes)
