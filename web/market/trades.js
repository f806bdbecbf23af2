/** The last trades of an instrument, newest first, never more than so many. */

export const MOST_TRADES = 60;

/**
 * A trade as it is shown; price and quantity are decimal strings.
 *
 * @typedef {object} Trade
 * @property {string} id
 * @property {string} price
 * @property {string} quantity
 * @property {"buy" | "sell"} side The taker's.
 * @property {string | null} ts When it was made; null where the gateway has not told.
 */

/** It touches neither clock nor socket: feed it snapshots and events, take trades out. */
export class Tape {
  /** @type {Trade[]} Newest first; not to be changed. */
  trades = [];
  /** Whether nothing has been told yet. */
  isLoading = true;

  /**
   * Begin with what a snapshot tells, which are trades without their times.
   *
   * @param {object} envelope
   */
  applySnapshot({ payload: { trades = [] } }) {
    const known = this.#times();
    this.isLoading = false;
    this.trades = trades
      .slice(-MOST_TRADES)
      .reverse()
      .map((told) => tradeOf(told, known.get(told.trade_id) ?? null));
  }

  /** @param {object} envelope */
  applyEvent({ payload, meta, ts }) {
    this.isLoading = false;
    this.trades = [tradeOf(payload, meta?.event_ts ?? ts), ...this.trades.slice(0, MOST_TRADES - 1)];
  }

  /**
   * What to ask of `stream.resume` so that its events tell the times of a snapshot's trades; null where none is missing.
   *
   * @param {object} envelope The snapshot.
   */
  timesRequest({ epoch, seq }) {
    return this.trades.some(({ ts }) => ts === null) ? { epoch, seq: Math.max(0, seq - MOST_TRADES) } : null;
  }

  /**
   * Take the times that events tell.
   *
   * @param {object[]} events
   */
  applyTimes(events) {
    const told = new Map(events.map(({ payload, meta, ts }) => [payload.trade_id, meta?.event_ts ?? ts]));
    this.trades = this.trades.map((trade) => (trade.ts === null ? { ...trade, ts: told.get(trade.id) ?? null } : trade));
  }

  #times() {
    return new Map(this.trades.map(({ id, ts }) => [id, ts]));
  }
}

function tradeOf({ trade_id: id, price, quantity, side }, ts) {
  return { id, price, quantity, side, ts };
}
