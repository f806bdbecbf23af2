"""Who may do what, written out by hand from the contract's text and checked line by line."""

import re
from pathlib import Path

import crossbar.router
import pytest
from crossbar.router.service import RouterServiceAgent

from auth.meta_api import META_COMMANDS, META_EVENTS, META_QUERIES, META_TESTAMENTS
from auth.permissions import Action, Decision, Match, decide
from components.contract.procedures import INTERNAL_PROCEDURES, PROCEDURES
from components.contract.roles import Role
from components.contract.topics import TOPIC_FAMILIES, family_of

USER_ID = "alice"
DECISIONS = {
    "yes": Decision.ALLOWED,
    "-": Decision.NOT_AUTHORIZED,
    "token": Decision.AUTHENTICATION_REQUIRED,
    "none": Decision.NO_SUCH_PROCEDURE,
    "topic": Decision.UNKNOWN_TOPIC,
}
"""Words of the table: allowed, not authorized, authentication required, no such procedure, unknown topic."""

TABLE = """
action    uri                                    public trader risk   issuer service admin gateway

subscribe tapecast.price.BTCUSDT                 yes    yes    yes    yes    -       yes   yes
subscribe tapecast.status.BTCUSDT                yes    yes    yes    yes    -       yes   yes
subscribe tapecast.quote.binance.BTCUSDT         yes    yes    yes    yes    -       yes   yes
subscribe tapecast.ticker.binance.BTCUSDT        yes    yes    yes    yes    -       yes   yes
subscribe tapecast.candles.binance.1m.BTCUSDT    yes    yes    yes    yes    -       yes   yes
subscribe tapecast.trades.binance.BTCUSDT        yes    yes    yes    yes    -       yes   yes
subscribe tapecast.book.binance.BTCUSDT          yes    yes    yes    yes    -       yes   yes
subscribe tapecast.signals.1m.BTCUSDT            yes    yes    yes    yes    -       yes   yes
subscribe tapecast.auctions.a-1                  token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.orders             token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.fills              token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.positions          token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.wallet             token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.alerts             token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.session            token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.portfolio          token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.margin             token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.bots               token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.alice.risk               token  yes    yes    yes    -       yes   yes
subscribe tapecast.user.bob.orders               token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.fills                token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.positions            token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.wallet               token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.alerts               token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.session              token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.portfolio            token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.margin               token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.bots                 token  -      yes    -      -       yes   yes
subscribe tapecast.user.bob.risk                 token  -      yes    -      -       yes   yes
subscribe tapecast.risk.alerts                   token  -      yes    -      -       yes   yes
subscribe tapecast.system.announcements          yes    yes    yes    yes    -       yes   yes
subscribe tapecast.system.heartbeat              yes    yes    yes    yes    -       yes   yes
subscribe tapecast.system.status                 yes    yes    yes    yes    -       yes   yes
subscribe tapecast.role.trader.announcements     token  yes    -      -      -       yes   yes
subscribe tapecast.role.risk.announcements       token  -      yes    -      -       yes   yes
subscribe tapecast.role.issuer.announcements     token  -      -      yes    -       yes   yes
subscribe tapecast.role.admin.announcements      token  -      -      -      -       yes   yes
subscribe tapecast.admin.stats                   token  -      -      -      -       yes   yes
subscribe tapecast.admin.alerts                  token  -      -      -      -       yes   yes
subscribe tapecast.nothing                       topic  topic  topic  topic  topic   topic topic
subscribe wamp.session.on_join                   token  -      -      -      -       yes   yes
subscribe wamp.session.on_nothing                topic  topic  topic  topic  topic   topic topic

call      tapecast.stream.get                    yes    yes    yes    yes    -       yes   yes
call      tapecast.stream.resume                 yes    yes    yes    yes    -       yes   yes
call      tapecast.stream.list                   yes    yes    yes    yes    -       yes   yes
call      tapecast.market.list_instruments       yes    yes    yes    yes    -       yes   yes
call      tapecast.market.get_price              yes    yes    yes    yes    -       yes   yes
call      tapecast.market.get_prices             yes    yes    yes    yes    -       yes   yes
call      tapecast.market.get_quote              yes    yes    yes    yes    -       yes   yes
call      tapecast.market.get_ticker             yes    yes    yes    yes    -       yes   yes
call      tapecast.market.get_book               yes    yes    yes    yes    -       yes   yes
call      tapecast.market.get_trades             yes    yes    yes    yes    -       yes   yes
call      tapecast.market.get_candles            yes    yes    yes    yes    -       yes   yes
call      tapecast.session.ping                  yes    yes    yes    yes    yes     yes   yes
call      tapecast.session.info                  yes    yes    yes    yes    yes     yes   yes
call      tapecast.session.refresh               token  yes    yes    yes    yes     yes   yes
call      tapecast.session.pace                  yes    yes    yes    yes    yes     yes   yes
call      tapecast.intake.price                  token  -      -      -      yes     -     yes
call      tapecast.intake.quote                  token  -      -      -      yes     -     yes
call      tapecast.intake.ticker                 token  -      -      -      yes     -     yes
call      tapecast.intake.trade                  token  -      -      -      yes     -     yes
call      tapecast.intake.book_snapshot          token  -      -      -      yes     -     yes
call      tapecast.intake.book_delta             token  -      -      -      yes     -     yes
call      tapecast.orders.place                  token  yes    -      -      -       -     yes
call      tapecast.orders.amend                  token  yes    -      -      -       -     yes
call      tapecast.orders.cancel                 token  yes    -      -      -       -     yes
call      tapecast.orders.cancel_all             token  yes    -      -      -       -     yes
call      tapecast.orders.get                    token  yes    yes    -      -       yes   yes
call      tapecast.orders.list                   token  yes    yes    -      -       yes   yes
call      tapecast.account.get_positions         token  yes    yes    -      -       yes   yes
call      tapecast.account.get_wallet            token  yes    yes    -      -       yes   yes
call      tapecast.account.get_portfolio         token  yes    yes    -      -       yes   yes
call      tapecast.account.get_margin            token  yes    yes    -      -       yes   yes
call      tapecast.account.list_fills            token  yes    yes    -      -       yes   yes
call      tapecast.risk.get_limits               token  yes    yes    -      -       yes   yes
call      tapecast.risk.list_alerts              token  yes    yes    -      -       yes   yes
call      tapecast.risk.acknowledge_alert        token  yes    yes    -      -       yes   yes
call      tapecast.risk.set_limits               token  -      yes    -      -       -     yes
call      tapecast.risk.halt                     token  -      yes    -      -       -     yes
call      tapecast.risk.resume                   token  -      yes    -      -       -     yes
call      tapecast.risk.cancel_orders            token  -      yes    -      -       -     yes
call      tapecast.bots.report                   token  yes    -      -      -       -     yes
call      tapecast.bots.list                     token  yes    yes    -      -       yes   yes
call      tapecast.session.cancel_on_disconnect  token  yes    -      -      -       -     yes
call      tapecast.intake.order                  token  -      -      -      yes     -     yes
call      tapecast.intake.fill                   token  -      -      -      yes     -     yes
call      tapecast.intake.position               token  -      -      -      yes     -     yes
call      tapecast.intake.wallet                 token  -      -      -      yes     -     yes
call      tapecast.intake.margin                 token  -      -      -      yes     -     yes
call      tapecast.intake.bot                    token  -      -      -      yes     -     yes
call      tapecast.intake.alert                  token  -      -      -      yes     -     yes
call      tapecast.intake.requests               token  -      -      -      yes     -     yes
call      tapecast.admin.stats.get               token  -      -      -      -       yes   yes
call      tapecast.admin.sessions.list           token  -      -      -      -       yes   yes
call      tapecast.admin.sessions.get            token  -      -      -      -       yes   yes
call      tapecast.admin.sessions.disconnect     token  -      -      -      -       yes   yes
call      tapecast.admin.addresses.list          token  -      -      -      -       yes   yes
call      tapecast.admin.addresses.block         token  -      -      -      -       yes   yes
call      tapecast.admin.addresses.unblock       token  -      -      -      -       yes   yes
call      tapecast.admin.tokens.revoke           token  -      -      -      -       yes   yes
call      tapecast.admin.tokens.list_revocations token  -      -      -      -       yes   yes
call      tapecast.admin.tokens.restore          token  -      -      -      -       yes   yes
call      tapecast.admin.maintenance.get         token  -      -      -      -       yes   yes
call      tapecast.admin.maintenance.begin       token  -      -      -      -       yes   yes
call      tapecast.admin.maintenance.end         token  -      -      -      -       yes   yes
call      tapecast.admin.broadcast               token  -      -      -      -       yes   yes
call      tapecast.admin.log.set_level           token  -      -      -      -       yes   yes
call      tapecast.admin.audit.list              token  -      -      -      -       yes   yes
call      tapecast.admin.accounts.list           token  -      -      -      -       yes   yes
call      tapecast.admin.accounts.adjust         token  -      -      -      -       yes   yes
call      tapecast.admin.feeds.list              token  -      -      -      -       yes   yes
call      tapecast.admin.feeds.add               token  -      -      -      -       yes   yes
call      tapecast.admin.feeds.remove            token  -      -      -      -       yes   yes
call      tapecast.admin.feeds.prefer            token  -      -      -      -       yes   yes
call      tapecast.market.stream_get             none   none   none   none   none    none  yes
call      tapecast.market.stream_list            none   none   none   none   none    none  yes
call      tapecast.market.stream_resume          none   none   none   none   none    none  yes
call      tapecast.market.set_log_level          none   none   none   none   none    none  yes
call      tapecast.trading.set_log_level         none   none   none   none   none    none  yes
call      tapecast.trading.stream_get            none   none   none   none   none    none  yes
call      tapecast.trading.tell_session          none   none   none   none   none    none  yes
call      tapecast.trading.stream_list           none   none   none   none   none    none  yes
call      tapecast.trading.stream_resume         none   none   none   none   none    none  yes
call      tapecast.node.report                   none   none   none   none   none    none  yes
call      tapecast.node.list_sessions            none   none   none   none   none    none  yes
call      tapecast.node.audit                    none   none   none   none   none    none  yes
call      tapecast.nothing                       none   none   none   none   none    none  none
call      wamp.session.list                      none   none   none   none   none    yes   yes
call      wamp.session.get                       none   none   none   none   none    yes   yes
call      wamp.subscription.count_subscribers    none   none   none   none   none    yes   yes
call      wamp.registration.lookup               none   none   none   none   none    yes   yes
call      wamp.session.kill                      none   none   none   none   none    none  yes
call      wamp.session.kill_by_authid            none   none   none   none   none    none  yes
call      wamp.session.kill_by_authrole          none   none   none   none   none    none  yes
call      wamp.subscription.remove_subscriber    none   none   none   none   none    none  yes
call      wamp.registration.remove_callee        none   none   none   none   none    none  yes
call      wamp.session.add_testament             none   none   none   none   none    none  none
call      wamp.session.flush_testaments          none   none   none   none   none    none  none

publish   tapecast.price.BTCUSDT                 -      -      -      -      -       -     yes
publish   tapecast.user.alice.orders             -      -      -      -      -       -     yes
publish   tapecast.admin.alerts                  -      -      -      -      -       -     yes
publish   tapecast.nothing                       -      -      -      -      -       -     topic
publish   wamp.session.on_join                   -      -      -      -      -       -     topic

register  tapecast.market.get_price              -      -      -      -      -       -     yes
register  tapecast.session.info                  -      -      -      -      -       -     yes
register  tapecast.node.report                   -      -      -      -      -       -     yes
register  tapecast.node.list_sessions            -      -      -      -      -       -     yes
register  tapecast.nothing                       -      -      -      -      -       -     -
register  wamp.session.kill                      -      -      -      -      -       -     -
"""

HEAD, *ROWS = [line.split() for line in TABLE.splitlines() if line]
CELLS = [(action, uri, role, word) for action, uri, *words in ROWS for role, word in zip(HEAD[2:], words, strict=True)]


@pytest.mark.parametrize(("action", "uri", "role", "word"), CELLS, ids=["-".join(cell[:3]) for cell in CELLS])
def test_every_cell_of_the_table_holds(action: str, uri: str, role: str, word: str) -> None:
    """A session of this role is answered what the table says."""
    assert decide(Role(role), USER_ID, Action(action), uri, Match.EXACT) is DECISIONS[word]


def uris(action: Action) -> set[str]:
    """The URIs that the table has for an action."""
    return {uri for written, uri, *_ in ROWS if written == action}


def test_the_table_leaves_nobody_and_nothing_out() -> None:
    """Every role, every family of topics and every procedure of the contract has its place in the table."""
    families = {family.pattern for uri in uris(Action.SUBSCRIBE) if (family := family_of(uri)) is not None}

    assert set(HEAD[2:]) == set(Role)
    assert families == {family.pattern for family in TOPIC_FAMILIES}
    assert uris(Action.CALL) >= {procedure.uri for procedure in PROCEDURES} | set(INTERNAL_PROCEDURES)


def test_crossbars_own_procedures_are_all_sorted() -> None:
    """The lists of what Crossbar registers below `wamp.` are those of the installed version."""
    registered = {
        pattern.uri()
        for member in vars(RouterServiceAgent).values()
        for pattern in getattr(member, "_wampuris", ())
        if pattern.is_endpoint()
    }

    assert registered == META_QUERIES | META_COMMANDS | META_TESTAMENTS


def test_crossbars_own_events_are_all_listed() -> None:
    """The list of what Crossbar publishes below `wamp.` is that of the installed version."""
    directory = Path(crossbar.router.__file__).parent
    source = "".join((directory / name).read_text() for name in ("broker.py", "dealer.py", "service.py", "session.py"))

    assert set(re.findall(r'"(wamp\.\w+\.on_\w+)"', source)) == META_EVENTS
