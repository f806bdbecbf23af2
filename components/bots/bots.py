"""
Bots, and how they are: what they report, and that they have fallen silent.

| what happens | the bot is | what becomes of it |
|---|---|---|
| a report | not known | it is known, and what it says is written down |
| a report | stale | it is what it says, and that is written down |
| a report with another name or status | any | the same |
| a report with other figures only | any | they are written down, at most once in `FIGURES_INTERVAL_NS` |
| a report that says nothing new | not stale | nothing, but that it was heard |
| a report that a platform hands in | any | it is written down, unless its sequence is not newer than the last |
| silence for `silence_ns` | not stale | it is stale, and there is an alert |
| silence for `FORGET_NS` | stale | it is forgotten |
| one bot too many of its user | not known | the stale bot that is silent for longest is forgotten for it, else the report is refused |

A process that starts does not know who reported while nobody listened: every bot that is not stale is heard then.
"""  # noqa: E501 - rows of a table

from collections.abc import Collection, Iterator

import attrs
import msgspec
from msgspec.structs import replace

from components.bots.facts import (
    AnyBotFact,
    BotForgotten,
    BotReported,
    BotSilent,
    Told,
    decode_fact,
)
from components.contract.envelope import NS_PER_S
from components.model.alerts import Alarm
from components.model.errors import InvalidArgument
from components.model.platform_reports import BotReport, Severity

MAX_BOTS = 50
"""Of one user."""

FIGURES_INTERVAL_NS = NS_PER_S
FORGET_NS = 7 * 24 * 3600 * NS_PER_S
STALE_ALERT = "bot_stale"


class Bot(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """
    One bot as it is known.

    Attributes:
        told: What it said last.
        reported_ns: When it was heard last, as far as that was written down.
        is_stale: Whether it has been silent for too long since.
        sequence: The last number of the platform that hands it in; None where it reports itself.
    """

    bot_id: str
    told: Told
    reported_ns: int
    is_stale: bool = False
    sequence: int | None = None


@attrs.frozen(kw_only=True)
class BotChange:
    """
    What a fact has changed.

    Attributes:
        bot: As it is then; of one that is forgotten, as it was.
        alarm: What somebody has to look after now; None where there is nothing.
        ends_alarm: Whether the last of the user's bots that were stale is not any more.
    """

    fact: AnyBotFact
    bot: Bot
    alarm: Alarm | None = None
    ends_alarm: bool = False


@attrs.define
class _Pulse:
    """
    What is not written down of a bot.

    Attributes:
        heard_ns: When it reported last.
        written_ns: When its figures were written down last; None before they were in this process.
        waiting: Figures that are to be written down; None where there are none.
    """

    heard_ns: int
    written_ns: int | None = None
    waiting: Told | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode_bots = msgspec.msgpack.Decoder(dict[str, dict[str, Bot]]).decode


class Bots:
    """
    The bots of all users.

    Sans-I/O. Every method decides, makes facts and applies them; `take` tells which they were. Of what is not a fact a
    restart loses when a bot was heard last, and figures of the last `FIGURES_INTERVAL_NS`.

    Units: UNIX nanoseconds.
    """

    name = "bots"

    def __init__(self, *, silence_ns: int) -> None:
        """Begin without any; who is silent for that long is stale."""
        self._silence_ns = silence_ns
        self._bots: dict[str, dict[str, Bot]] = {}
        self._pulses: dict[tuple[str, str], _Pulse] = {}
        self._changes: list[BotChange] = []

    def begin(self, *, now_ns: int) -> None:
        """A process starts with what the journal had: nobody is silent because nobody listened."""
        for user_id, bot in self._all():
            self._pulses[user_id, bot.bot_id] = _Pulse(bot.reported_ns if bot.is_stale else now_ns)

    def of(self, user_id: str) -> list[Bot]:
        """A user's bots, by their ids, each with when it was heard last."""
        return [self._heard(user_id, bot) for _, bot in sorted(self._bots.get(user_id, {}).items())]

    def report(self, user_id: str, bot_id: str, told: Told, *, now_ns: int) -> None:
        """
        A bot says how it is.

        Raises:
            InvalidArgument: It would be one too many of its user.
        """
        bot = self._bots.get(user_id, {}).get(bot_id)
        if bot is None:
            self._check_room(user_id, {bot_id}, "bot_id")
            self._make_room(user_id, {bot_id}, now_ns=now_ns)
        if bot is None or bot.is_stale or (bot.told.name, bot.told.status) != (told.name, told.status):
            self._write(user_id, bot_id, told, now_ns=now_ns)
            return
        pulse = self._pulse(user_id, bot)
        pulse.heard_ns = now_ns
        pulse.waiting = None if told == bot.told else told
        self._write_figures(user_id, bot_id, pulse, now_ns)

    def receive_handed_in(self, reports: list[BotReport], *, now_ns: int) -> None:
        """
        A platform says how bots are; all of it or nothing.

        Raises:
            InvalidArgument: A user would have too many.
        """
        bots_of: dict[str, set[str]] = {}
        for report in reports:
            bots_of.setdefault(report.user_id, set()).add(report.bot_id)
        for user_id, bot_ids in bots_of.items():
            self._check_room(user_id, bot_ids, "events")
        for user_id, bot_ids in bots_of.items():
            self._make_room(user_id, bot_ids, now_ns=now_ns)
        for report in reports:
            bot = self._bots.get(report.user_id, {}).get(report.bot_id)
            if bot is None or bot.sequence is None or bot.sequence < report.sequence:
                told = Told(
                    name=report.name,
                    status=report.status,
                    total_pnl=report.total_pnl,
                    win_rate=report.win_rate,
                    trades_today=report.trades_today,
                )
                self._write(report.user_id, report.bot_id, told, now_ns=now_ns, sequence=report.sequence)

    def advance(self, *, now_ns: int) -> None:
        """See who has fallen silent, and write down figures whose turn it is."""
        for user_id, bot in list(self._all()):
            pulse = self._pulse(user_id, bot)
            self._write_figures(user_id, bot.bot_id, pulse, now_ns)
            silent_ns = now_ns - pulse.heard_ns
            if bot.is_stale and silent_ns >= FORGET_NS:
                self._make(BotForgotten(ts_ns=now_ns, user_id=user_id, bot_id=bot.bot_id))
            elif not bot.is_stale and silent_ns >= self._silence_ns:
                self._make(BotSilent(ts_ns=now_ns, user_id=user_id, bot_id=bot.bot_id, heard_ns=pulse.heard_ns))

    def take(self) -> list[BotChange]:
        """What has happened since the last time that this was asked."""
        changes, self._changes = self._changes, []
        return changes

    def apply_record(self, body: bytes) -> None:
        """Let a fact happen that a journal kept."""
        self._apply(decode_fact(body))

    def checkpoint(self) -> bytes:
        """All bots, as far as they are written down."""
        return _encode(self._bots)

    def restore(self, checkpoint: bytes) -> None:
        """Begin with the bots of a checkpoint."""
        self._bots = _decode_bots(checkpoint)
        self._pulses.clear()

    def _all(self) -> Iterator[tuple[str, Bot]]:
        return ((user_id, bot) for user_id, bots in self._bots.items() for bot in bots.values())

    def _heard(self, user_id: str, bot: Bot) -> Bot:
        return replace(bot, reported_ns=self._pulse(user_id, bot).heard_ns)

    def _pulse(self, user_id: str, bot: Bot) -> _Pulse:
        return self._pulses.setdefault((user_id, bot.bot_id), _Pulse(bot.reported_ns))

    def _write_figures(self, user_id: str, bot_id: str, pulse: _Pulse, now_ns: int) -> None:
        is_due = pulse.written_ns is None or now_ns - pulse.written_ns >= FIGURES_INTERVAL_NS
        if pulse.waiting is not None and is_due:
            self._make(BotReported(ts_ns=now_ns, user_id=user_id, bot_id=bot_id, told=pulse.waiting))
            pulse.waiting, pulse.written_ns = None, now_ns

    def _write(self, user_id: str, bot_id: str, told: Told, *, now_ns: int, sequence: int | None = None) -> None:
        self._pulses[user_id, bot_id] = _Pulse(now_ns, written_ns=now_ns)
        self._make(BotReported(ts_ns=now_ns, user_id=user_id, bot_id=bot_id, told=told, sequence=sequence))

    def _check_room(self, user_id: str, bot_ids: Collection[str], field: str) -> None:
        """See whether so many bots have room, where all stale ones go."""
        lively = {bot.bot_id for bot in self._bots.get(user_id, {}).values() if not bot.is_stale}
        if len(lively.union(bot_ids)) > MAX_BOTS:
            raise InvalidArgument(field, f"expected at most {MAX_BOTS} bots of a user that report")

    def _make_room(self, user_id: str, bot_ids: Collection[str], *, now_ns: int) -> None:
        """Forget as many stale bots as there would be too many, the longest silent first."""
        known = self._bots.get(user_id, {})
        stale = [bot for bot in known.values() if bot.is_stale and bot.bot_id not in bot_ids]
        excess = len(known.keys() | set(bot_ids)) - MAX_BOTS
        for bot in sorted(stale, key=lambda one: one.reported_ns)[: max(0, excess)]:
            self._make(BotForgotten(ts_ns=now_ns, user_id=user_id, bot_id=bot.bot_id))

    def _make(self, fact: AnyBotFact) -> None:
        before = self._bots.get(fact.user_id, {}).get(fact.bot_id)
        bot = self._apply(fact)
        was_stale = before is not None and before.is_stale
        is_any_stale = any(one.is_stale for one in self._bots.get(fact.user_id, {}).values())
        self._changes.append(
            BotChange(
                fact=fact,
                bot=bot,
                alarm=self._alarm(fact, bot) if isinstance(fact, BotSilent) else None,
                ends_alarm=was_stale and not is_any_stale,
            )
        )

    def _alarm(self, fact: BotSilent, bot: Bot) -> Alarm:
        return Alarm(
            user_id=fact.user_id,
            alert_type=STALE_ALERT,
            severity=Severity.WARNING,
            message=f"the bot {bot.told.name} has not reported for {self._silence_ns // NS_PER_S} s",
        )

    def _apply(self, fact: AnyBotFact) -> Bot:
        """Let a fact happen, and give its bot as it is then; one that is forgotten as it was."""
        bots = self._bots.setdefault(fact.user_id, {})
        if isinstance(fact, BotReported):
            known = bots.get(fact.bot_id)
            sequence = known.sequence if fact.sequence is None and known is not None else fact.sequence
            bot = Bot(bot_id=fact.bot_id, told=fact.told, reported_ns=fact.ts_ns, sequence=sequence)
        elif isinstance(fact, BotSilent):
            bot = replace(bots[fact.bot_id], is_stale=True, reported_ns=fact.heard_ns)
        else:
            return self._forget(fact.user_id, fact.bot_id)
        bots[fact.bot_id] = bot
        return bot

    def _forget(self, user_id: str, bot_id: str) -> Bot:
        bots = self._bots[user_id]
        bot = bots.pop(bot_id)
        self._pulses.pop((user_id, bot_id), None)
        if not bots:
            del self._bots[user_id]
        return bot
