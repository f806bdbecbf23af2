/** A bar for a reader: as points of a chart, as figures, and as a sentence. */

import { DIRECTIONS, changeDirection, changeText, priceText } from "../kit/words.js";
import { groupedDecimal, placesOf } from "../kit/decimals.js";

/** @typedef {import("./candles.js").TimedBar} TimedBar */
/** @typedef {import("./listing.js").Instrument} Instrument */

/**
 * Colours of a chart.
 *
 * @typedef {{ground: string, up: string, down: string, flat: string, warn: string, upWash: string, downWash: string}} Theme
 */

const INTERVAL_WORDS = {
  "1s": "1 second",
  "1m": "1 minute",
  "5m": "5 minute",
  "15m": "15 minute",
  "1h": "1 hour",
  "4h": "4 hour",
  "1d": "1 day",
};
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** Which way a bar went, by what it opened and closed with. */
export function directionOf({ open, close }) {
  const [from, to] = [Number(open), Number(close)];
  return from === to ? "flat" : to > from ? "up" : "down";
}

/**
 * A bar as a candle: hollow where it rose, filled where it fell, in a colour of its own where trades may be missing.
 *
 * @param {TimedBar} bar
 * @param {Theme} theme
 */
export function candlePoint(bar, theme) {
  const direction = directionOf(bar);
  const colour = bar.quality === "degraded" ? theme.warn : theme[direction];
  return {
    time: bar.openMs / 1000,
    open: Number(bar.open),
    high: Number(bar.high),
    low: Number(bar.low),
    close: Number(bar.close),
    color: direction === "up" ? theme.ground : colour,
    borderColor: colour,
    wickColor: colour,
  };
}

/**
 * A bar's volume as a column.
 *
 * @param {TimedBar} bar
 * @param {Theme} theme
 */
export function volumePoint(bar, theme) {
  const color = directionOf(bar) === "down" ? theme.downWash : theme.upWash;
  return { time: bar.openMs / 1000, value: Number(bar.volume), color };
}

/**
 * The marks of bars that may miss trades.
 *
 * @param {TimedBar[]} bars
 */
export function marksOf(bars) {
  const doubtful = bars.filter(({ quality }) => quality === "degraded");
  return doubtful.map(({ openMs, low }) => ({ time: openMs / 1000, value: Number(low) }));
}

/**
 * When a bar opened, in UTC, as finely as its interval asks for.
 *
 * @param {number} openMs
 * @param {string} interval
 */
export function momentText(openMs, interval) {
  const date = day.format(openMs);
  const clock = new Date(openMs).toISOString().slice(11, interval === "1s" ? 19 : 16);
  return interval === "1d" ? date : `${date}, ${clock}`;
}

/**
 * A bar's figures.
 *
 * @param {TimedBar} bar
 * @param {string} interval
 * @param {Instrument | undefined} rules
 */
export function figuresOf(bar, interval, rules) {
  const percent = String((Number(bar.close) / Number(bar.open) - 1) * 100);
  const price = (value) => priceText(value, rules);
  return {
    when: momentText(bar.openMs, interval),
    open: price(bar.open),
    high: price(bar.high),
    low: price(bar.low),
    close: price(bar.close),
    change: changeText(percent),
    direction: changeDirection(percent),
    volume: groupedDecimal(bar.volume, placesOf(rules?.lot_size ?? "1")),
    trades: String(bar.trades),
    state: bar.closed ? "" : "still open",
    note: bar.quality === "degraded" ? "trades may be missing" : "",
  };
}

/**
 * A bar in a sentence, for whoever does not see the chart.
 *
 * @param {TimedBar} bar
 * @param {string} interval
 * @param {Instrument | undefined} rules
 */
export function sentenceOf(bar, interval, rules) {
  const { when, open, high, low, close, change, direction, volume, trades, state, note } = figuresOf(bar, interval, rules);
  const moved = direction === "flat" ? DIRECTIONS.flat : `${DIRECTIONS[direction]} ${change.slice(1)}`;
  const figures = `open ${open}, high ${high}, low ${low}, close ${close}, ${moved}, volume ${volume}, ${trades} trades`;
  return `${INTERVAL_WORDS[interval]} candle of ${when} UTC: ${[figures, state, note].filter(Boolean).join(", ")}.`;
}
