/** From bar to bar by keyboard. */

/** @typedef {import("./candles.js").TimedBar} TimedBar */

const STEPS = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };

/**
 * The bar that a key leads to, from the one at a time or else from behind the last; null where it leads nowhere.
 *
 * @param {TimedBar[]} bars
 * @param {number | null} openMs
 * @param {string} key
 * @returns {TimedBar | null}
 */
export function steppedBar(bars, openMs, key) {
  if (!(key in STEPS) || bars.length === 0) {
    return null;
  }
  const known = bars.findLastIndex((bar) => bar.openMs === openMs);
  const place = (known === -1 ? bars.length : known) + STEPS[key];
  return bars[Math.min(bars.length - 1, Math.max(0, place))];
}
