"""Bots against a plain account of what each said last and when, with processes that die in between."""

from decimal import Decimal
from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from components.bots.bots import FIGURES_INTERVAL_NS, FORGET_NS, MAX_BOTS, Bot, Bots
from components.bots.facts import BotForgotten, BotReported, BotSilent, Told, encode_fact
from components.contract.envelope import NS_PER_S
from components.model.errors import InvalidArgument
from components.model.platform_reports import BotReport, BotStatus

ALICE = "alice"
SILENCE_NS = 60 * NS_PER_S

bot_ids = st.integers(0, 2).map(str)
tellings = st.builds(
    Told,
    name=st.sampled_from(["Grid", "DCA"]),
    status=st.sampled_from([BotStatus.RUNNING, BotStatus.RUNNING, BotStatus.PAUSED]),
    total_pnl=st.sampled_from([None, Decimal(1), Decimal(2)]),
)


@attrs.define
class PlainBot:
    """
    What is true of one bot.

    Attributes:
        said: What it said last.
        heard_ns: When.
        sequence: The last number that a platform gave it.
        figures_ns: When a report of other figures only was written down last.
    """

    said: Told
    heard_ns: int
    is_stale: bool = False
    sequence: int = -1
    figures_ns: int | None = None


class BotsMachine(RuleBasedStateMachine):
    """Bots report, fall silent, and are handed in; the process dies and starts."""

    def __init__(self) -> None:
        """Begin without any."""
        super().__init__()
        self.bots = Bots(silence_ns=SILENCE_NS)
        self.journal = Bots(silence_ns=SILENCE_NS)
        self.plain: dict[str, PlainBot] = {}
        self.known: dict[str, Bot] = {}
        self.now_ns = 0

    @rule(bot_id=bot_ids, told=tellings)
    def report(self, bot_id: str, told: Told) -> None:
        """A bot says how it is."""
        try:
            self.bots.report(ALICE, bot_id, told, now_ns=self.now_ns)
        except InvalidArgument:
            self.is_full()
        else:
            self.write_down()
            self.hear(bot_id, told)

    @rule(bot_id=bot_ids, told=tellings, sequence=st.integers(0, 5))
    def hand_in(self, bot_id: str, told: Told, sequence: int) -> None:
        """A platform says it for it."""
        report = BotReport(
            user_id=ALICE,
            sequence=sequence,
            ts_ns=0,
            bot_id=bot_id,
            name=told.name,
            status=told.status,
            total_pnl=told.total_pnl,
        )
        try:
            self.bots.receive_handed_in([report], now_ns=self.now_ns)
        except InvalidArgument:
            self.is_full()
            return
        self.write_down()
        if bot_id not in self.plain or self.plain[bot_id].sequence < sequence:
            self.hear(bot_id, told)
            self.plain[bot_id].sequence = sequence

    @rule(passed_ns=st.sampled_from([1, FIGURES_INTERVAL_NS // 2, FIGURES_INTERVAL_NS, SILENCE_NS, FORGET_NS]))
    def advance(self, passed_ns: int) -> None:
        """Time goes by, and is looked at."""
        self.now_ns += passed_ns
        self.bots.advance(now_ns=self.now_ns)
        for bot_id, plain in list(self.plain.items()):
            silent_ns = self.now_ns - plain.heard_ns
            if plain.is_stale and silent_ns >= FORGET_NS:
                del self.plain[bot_id]
            elif silent_ns >= SILENCE_NS:
                plain.is_stale = True

    @rule()
    def look_later(self) -> None:
        """In two seconds everything is written down that was said."""
        self.advance(2 * FIGURES_INTERVAL_NS)
        assert {bot.bot_id: bot.told for bot in self.written().of(ALICE)} == {
            bot_id: plain.said for bot_id, plain in self.plain.items()
        }

    @rule()
    def die(self) -> None:
        """Another process goes on with what is written down, and hears everybody who is not stale."""
        self.bots = self.written()
        self.bots.begin(now_ns=self.now_ns)
        for bot in self.bots.of(ALICE):
            plain = self.plain[bot.bot_id]
            plain.said, plain.heard_ns, plain.figures_ns = bot.told, bot.reported_ns, None

    @rule()
    def crowd(self) -> None:
        """Almost as many bots report as there may be."""
        told = Told(name="x", status=BotStatus.ERROR)
        for number in range(MAX_BOTS - 1):
            self.report(f"more-{number}", told)
        assert len(self.bots.of(ALICE)) <= MAX_BOTS

    @invariant()
    def is_as_told(self) -> None:
        """Who is known and who is stale is true, and the journal makes the same of it."""
        self.write_down()
        assert self.journal.checkpoint() == self.bots.checkpoint()
        assert {bot.bot_id: (bot.is_stale, bot.reported_ns) for bot in self.bots.of(ALICE)} == {
            bot_id: (plain.is_stale, plain.heard_ns) for bot_id, plain in self.plain.items()
        }

    def is_full(self) -> None:
        """One bot too many: nobody else is refused."""
        self.write_down()
        assert sum(not plain.is_stale for plain in self.plain.values()) == MAX_BOTS

    def hear(self, bot_id: str, told: Told) -> None:
        """A bot is heard."""
        plain = self.plain.setdefault(bot_id, PlainBot(told, self.now_ns))
        plain.said, plain.heard_ns, plain.is_stale = told, self.now_ns, False

    def write_down(self) -> None:
        """Keep the facts as the journal does, and see that figures are not kept too often."""
        for change in self.bots.take():
            fact = change.fact
            before = self.known.get(fact.bot_id)
            self.known[fact.bot_id] = change.bot
            if isinstance(fact, BotForgotten):
                del self.known[fact.bot_id]
                self.plain.pop(fact.bot_id, None)
            elif isinstance(fact, BotReported) and before is not None and fact.sequence is None:
                self.check_pace(fact, is_urgent=before.is_stale or _head(before.told) != _head(fact.told))
            assert isinstance(fact, BotSilent) is (change.alarm is not None)
            self.journal.apply_record(encode_fact(fact))

    def check_pace(self, fact: BotReported, *, is_urgent: bool) -> None:
        """Figures alone come once in an interval."""
        plain = self.plain[fact.bot_id]
        if not is_urgent:
            assert plain.figures_ns is None or fact.ts_ns - plain.figures_ns >= FIGURES_INTERVAL_NS
            plain.figures_ns = fact.ts_ns

    def written(self) -> Bots:
        """What another process would make of the journal."""
        self.write_down()
        bots = Bots(silence_ns=SILENCE_NS)
        bots.restore(self.journal.checkpoint())
        return bots


def _head(told: Told) -> tuple[str, BotStatus]:
    return told.name, told.status


TestBots: Any = BotsMachine.TestCase
TestBots.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
