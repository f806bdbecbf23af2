/** Events as the gateway sends them, with what a test does not care about filled in. */

/** A price event of one instrument. */
export function priceEvent({ instrument = "BTCUSDT", epoch = "e1", seq = 1, meta = {}, ...fields } = {}) {
  return {
    type: "delta",
    epoch,
    seq,
    ts: "2026-01-01T12:00:00.000001Z",
    payload: { instrument, price: "100.00", bid: null, ask: null, ...fields },
    meta: { source: "sim", quality: "live", ...meta },
  };
}
