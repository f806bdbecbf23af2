/** The local order book of one instrument. */

const scaled = (value, places) => {
  const [whole, digits = ""] = value.split(".");
  return BigInt(whole + digits.padEnd(places, "0"));
};

/** The sign of `left - right`, exactly. */
export function compareDecimals(left, right) {
  const places = Math.max(left.length, right.length);
  const [a, b] = [scaled(left, places), scaled(right, places)];
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Levels `[price, size]`, best first. */
export class OrderBook {
  bids = [];
  asks = [];
  depth = null;

  get best() {
    return { bid: this.bids[0] ?? null, ask: this.asks[0] ?? null };
  }

  applySnapshot({ bids, asks, depth = null }) {
    Object.assign(this, { bids: [], asks: [], depth });
    this.applyDelta({ bids, asks });
  }

  applyDelta({ bids = [], asks = [], depth = this.depth }) {
    this.depth = depth;
    bids.forEach((level) => setLevel(this.bids, level, -1));
    asks.forEach((level) => setLevel(this.asks, level, 1));
  }
}

function setLevel(levels, [price, size], direction) {
  let [place, high] = [0, levels.length];
  while (place < high) {
    const middle = (place + high) >> 1;
    const isBefore = compareDecimals(levels[middle][0], price) * direction < 0;
    [place, high] = isBefore ? [middle + 1, high] : [place, middle];
  }
  const isThere = place < levels.length && compareDecimals(levels[place][0], price) === 0;
  levels.splice(place, isThere ? 1 : 0, ...(/[1-9]/.test(size) ? [[price, size]] : []));
}
