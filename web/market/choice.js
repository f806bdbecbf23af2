/** Which instrument is looked at, on which venue, in bars of which interval; the page's address says it. */

/** @typedef {import("./listing.js").Instrument} Instrument */

/** The contract's intervals of candles, the shortest first. */
export const INTERVALS = ["1s", "1m", "5m", "15m", "1h", "4h", "1d"];

const DEFAULT_INTERVAL = "1m";

const INSTRUMENT = /^[A-Za-z0-9_-]{1,32}$/;
const VENUE = /^[a-z0-9]{1,16}$/;

/**
 * What an address wants: null where it does not say, or says what cannot be.
 *
 * @param {string} hash Such as `#BTCUSDT`, `#BTCUSDT/5m` or `#BTCUSDT/5m/binance`.
 * @returns {{instrument: string | null, interval: string, venue: string | null}}
 */
export function parseHash(hash) {
  const [instrument, interval, venue = ""] = hash.replace(/^#/, "").split("/");
  return {
    instrument: INSTRUMENT.test(instrument) ? instrument : null,
    interval: INTERVALS.includes(interval) ? interval : DEFAULT_INTERVAL,
    venue: VENUE.test(venue) ? venue : null,
  };
}

/**
 * The address of a choice; empty before there is one.
 *
 * @param {{instrument: string | null, interval: string, venue: string | null}} wanted
 */
export function formatHash({ instrument, interval, venue }) {
  return instrument === null ? "" : `#${[instrument, interval, venue].filter(Boolean).join("/")}`;
}

/**
 * The reader's choice; it tells its listeners of every change.
 *
 * It reads no clock, no socket and no document: feed it the address, what is listed, and what the reader presses.
 */
export class Choice {
  #wanted;
  /** @type {Map<string, Instrument>} */
  #listed = new Map();
  #preferred = { instrument: null, venue: null };
  #told = null;
  #listeners = new Set();

  /** @param {string} hash The address to begin with. */
  constructor(hash = "") {
    this.#wanted = parseHash(hash);
  }

  /** The chosen instrument, the first listed one unless another was chosen; null while there is none. */
  get instrument() {
    return this.#wanted.instrument ?? this.#listed.keys().next().value ?? null;
  }

  get interval() {
    return this.#wanted.interval;
  }

  /** What the gateway lists of the instrument, or undefined. */
  get rules() {
    return this.#listed.get(this.instrument);
  }

  /** Whether the gateway has told which instruments there are, and the chosen one is none of them. */
  get isUnlisted() {
    return this.#listed.size > 0 && this.rules === undefined;
  }

  /** The venues that the instrument is on. */
  get venues() {
    return this.rules?.venues ?? [];
  }

  /** The venue whose book, trades and candles are looked at; null where the instrument is on none. */
  get venue() {
    const { instrument, venue } = this.#preferred;
    const wanted = [this.#wanted.venue, instrument === this.instrument ? venue : null];
    return wanted.find((one) => this.venues.includes(one)) ?? this.venues[0] ?? null;
  }

  /** What the address says of all this. */
  get hash() {
    return formatHash({ ...this.#wanted, instrument: this.instrument });
  }

  /**
   * Be told now and at every change.
   *
   * @param {(choice: Choice) => void} listener
   * @returns {() => void} What ends that.
   */
  listen(listener) {
    this.#listeners.add(listener);
    listener(this);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Look at another instrument.
   *
   * @param {string} instrument
   */
  choose(instrument) {
    this.#want({ instrument, venue: null });
  }

  /** @param {string} interval One of `INTERVALS`. */
  chooseInterval(interval) {
    this.#want({ interval });
  }

  /** @param {string} venue One of `venues`. */
  chooseVenue(venue) {
    this.#want({ venue });
  }

  /**
   * Where no venue was chosen, look at the one that the instrument's price came from first. It stays when the price
   * comes from elsewhere for a while: who looks at a book does not want another one in its place.
   *
   * @param {string | null} source
   */
  prefer(source) {
    const { instrument } = this;
    if (instrument !== this.#preferred.instrument && this.venues.includes(source)) {
      this.#preferred = { instrument, venue: source };
      this.#tell();
    }
  }

  /**
   * Take what the address says now.
   *
   * @param {string} hash
   */
  applyHash(hash) {
    this.#want(parseHash(hash));
  }

  /**
   * Take what the gateway lists, in its order.
   *
   * @param {Instrument[]} instruments
   */
  applyInstruments(instruments) {
    this.#listed = new Map(instruments.map((rules) => [rules.instrument, rules]));
    this.#tell();
  }

  #want(change) {
    this.#wanted = { ...this.#wanted, ...change };
    this.#tell();
  }

  #tell() {
    const told = JSON.stringify([this.hash, this.venue, this.rules, this.isUnlisted]);
    if (told !== this.#told) {
      this.#told = told;
      this.#listeners.forEach((listener) => listener(this));
    }
  }
}
