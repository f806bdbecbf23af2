/** How a session gets along, in a reader's words: what the gateway says of it, and what was measured here. */

import { paceText } from "./pace.js";
import { UNKNOWN } from "./words.js";

/**
 * What was asked and measured at one moment.
 *
 * Units: milliseconds; `takenMs` on the page's monotonic clock, `received` events since the client began.
 *
 * @typedef {object} Reading
 * @property {object} info The answer of `tapecast.session.info`.
 * @property {number} takenMs
 * @property {number} received
 */

/**
 * What a round trip showed.
 *
 * @typedef {object} RoundTrip
 * @property {number} tookMs
 * @property {number} aheadMs How far the gateway's clock is ahead of this device's; half a round trip is its tolerance.
 */

const count = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const BYTES = ["B", "kB", "MB", "GB", "TB"];

/** Remembers the reading before, for what goes up by the second. */
export class ConnectionFigures {
  /** @type {RoundTrip | null} */
  roundTrip = null;
  #reading = null;
  #before = null;

  /** @param {Reading} reading */
  apply(reading) {
    this.#before = this.#reading?.info.session === reading.info.session ? this.#reading : null;
    this.#reading = reading;
  }

  /** Forget what was of a session that is gone. */
  clear() {
    this.#reading = this.#before = this.roundTrip = null;
  }

  /** What a pace does: events that come, and that newer ones took the place of; nothing before two readings. */
  get thinning() {
    if (!this.#before) {
      return "";
    }
    const received = this.#rate((reading) => reading.received);
    const conflated = this.#rate(({ info }) => info.connection.conflated);
    return `${count.format(received)} events a second received, ${count.format(conflated)} conflated`;
  }

  /**
   * Names and values, in the order in which they are read; none before the first reading.
   *
   * @param {number | null} askedHz The pace that was asked for.
   * @param {number} clockMs What time it is on this device, UNIX milliseconds.
   * @returns {{key: string, name: string, value: string}[]}
   */
  rows(askedHz, clockMs) {
    if (!this.#reading) {
      return [];
    }
    const { info } = this.#reading;
    const rows = [...this.#way(info), ...this.#amounts(info), ...effect(info, askedHz), ...this.#person(info, clockMs)];
    return rows.map(([key, name, value]) => ({ key, name, value }));
  }

  #way({ connection }) {
    return [
      ["round-trip", "Round trip", this.roundTrip ? `${Math.round(this.roundTrip.tookMs)} ms` : UNKNOWN],
      ["clock", "Gateway’s clock", this.roundTrip ? clockText(this.roundTrip) : UNKNOWN],
      ["lag", "Lag of what waits", `${count.format(connection.lag_ms)} ms`],
      ["waiting", "Waiting", waitingText(connection)],
    ];
  }

  #amounts({ connection }) {
    const rate = (pick) => this.#rate(({ info }) => info.connection[pick]);
    return [
      ["received", "Events received here", perSecond(this.#rate((reading) => reading.received), count.format)],
      ["conflated", "Conflated", withRate(count.format(connection.conflated), rate("conflated"), count.format)],
      ["dropped", "Dropped", withRate(count.format(connection.dropped), rate("dropped"), count.format)],
      ["messages", "Messages sent", withRate(count.format(connection.sent_messages), rate("sent_messages"), count.format)],
      ["bytes", "Bytes sent", withRate(bytesText(connection.sent_bytes), rate("sent_bytes"), bytesText)],
    ];
  }

  #person({ role, user_id: userId, session, expires_at: end }, clockMs) {
    const aheadMs = this.roundTrip?.aheadMs ?? 0;
    return [
      ["role", "Role", role],
      ["user", "User", userId ?? UNKNOWN],
      ["session", "Session", String(session)],
      ["expiry", "Sign-in ends", end ? remainingText(Date.parse(end) - clockMs - aheadMs) : "never"],
    ];
  }

  #rate(pick) {
    if (!this.#before) {
      return null;
    }
    const seconds = (this.#reading.takenMs - this.#before.takenMs) / 1000;
    return Math.max(0, pick(this.#reading) - pick(this.#before)) / seconds;
  }
}

function effect({ connection: { max_hz: hz, background } }, askedHz) {
  const isSlowed = hz !== null && (askedHz === null || hz < askedHz);
  const parts = [paceText(hz), isSlowed && "slowed by the gateway", background && "in the background"];
  return [["pace", "Pace in effect", parts.filter(Boolean).join(", ")]];
}

function clockText({ aheadMs, tookMs }) {
  if (Math.abs(aheadMs) <= tookMs / 2) {
    return "as this device’s";
  }
  return `${count.format(Math.abs(aheadMs))} ms ${aheadMs > 0 ? "ahead" : "behind"}`;
}

/**
 * How much waits for a session, by lane.
 *
 * @param {{waiting: Record<string, number>, waiting_bytes: number}} connection
 */
export function waitingText({ waiting, waiting_bytes: bytes }) {
  const lanes = Object.entries(waiting).filter(([, messages]) => messages > 0);
  const words = lanes.map(([lane, messages]) => `${count.format(messages)} ${lane}`);
  return words.length > 0 ? `${words.join(", ")}: ${bytesText(bytes)}` : "nothing";
}

function withRate(total, rate, format) {
  return rate === null ? total : `${total} (${perSecond(rate, format)})`;
}

function perSecond(rate, format) {
  return rate === null ? UNKNOWN : `${format(rate)}/s`;
}

/**
 * An amount of data, to three figures.
 *
 * @param {number} bytes
 */
export function bytesText(bytes) {
  const power = Math.min(BYTES.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const size = bytes / 1000 ** power;
  return `${size.toFixed(power > 0 && size < 100 ? 1 : 0)} ${BYTES[power]}`;
}

/**
 * How long something still holds, in its largest whole unit.
 *
 * @param {number} remainingMs
 */
export function remainingText(remainingMs) {
  const seconds = Math.max(0, Math.round(remainingMs / 1000));
  if (seconds < 120) {
    return `in ${seconds} s`;
  }
  return seconds < 7200 ? `in ${Math.floor(seconds / 60)} min` : `in ${Math.floor(seconds / 3600)} h`;
}

/**
 * What a round trip shows of two clocks: the gateway's answer is from the middle of it.
 *
 * @param {{sentMs: number, answeredMs: number, ts: string}} trip On this device's clock, UNIX milliseconds.
 * @returns {RoundTrip}
 */
export function roundTripOf({ sentMs, answeredMs, ts }) {
  return { tookMs: answeredMs - sentMs, aheadMs: Date.parse(ts) - (sentMs + answeredMs) / 2 };
}
