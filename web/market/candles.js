/** The bars of one instrument: history that is asked for, joined with what streams, without a gap. */

/**
 * A bar as the gateway tells it; prices and volume are decimal strings.
 *
 * @typedef {object} Bar
 * @property {string} open_ts
 * @property {string} open
 * @property {string} high
 * @property {string} low
 * @property {string} close
 * @property {string} volume
 * @property {number} trades
 * @property {boolean} closed
 * @property {"live" | "degraded"} quality
 */
/** @typedef {Bar & {openMs: number}} TimedBar */
/** @typedef {{limit: number, before?: string}} HistoryRequest */

export const INTERVAL_MS = {
  "1s": 1_000,
  "1m": 60_000,
  "5m": 300_000,
  "15m": 900_000,
  "1h": 3_600_000,
  "4h": 14_400_000,
  "1d": 86_400_000,
};
export const PAGE_BARS = 500;
export const MOST_BARS = 5_000;
export const RETRY_MS = 2_000; // doubling
export const LONGEST_RETRY_MS = 60_000;
export const REVIEW_MS = 30_000; // doubling
export const LONGEST_REVIEW_MS = 480_000;

/**
 * The bars that are known, oldest first.
 *
 * The last bars are asked for once the stream stands, after every loss, and where the stream left some out; again, ever
 * less often, while some of them may be missing trades, as the venue's own bars come later. Older ones are asked for
 * when they are wanted. It reads no clock and calls nothing: feed it events and answers, take requests and news out.
 */
export class CandleSeries {
  /** @type {TimedBar[]} */
  bars = [];
  /** What the gateway refused for good, or null. */
  refusal = null;
  /** Whether nothing has been told yet. */
  isLoading = true;
  #stepMs;
  #event = null;
  #hasBegun = false;
  #news = new Map();
  #isWholeNew = true;
  #asked = null;
  #dueMs = Infinity;
  #wantsOlder = false;
  #hasOlder = true;
  #retryMs = RETRY_MS;
  #reviewMs = REVIEW_MS;

  /** @param {string} interval One of the contract's. */
  constructor(interval) {
    this.#stepMs = INTERVAL_MS[interval];
  }

  /** The subscription stands, for the first time or again: what came meanwhile is to be asked for. */
  begin(nowMs) {
    this.#hasBegun = true;
    this.refusal = null;
    this.#asked = null;
    this.#dueMs = nowMs;
    this.#retryMs = RETRY_MS;
    this.#reviewMs = REVIEW_MS;
  }

  /**
   * Take an event or a snapshot of the topic.
   *
   * @param {object} envelope
   * @param {number} nowMs
   */
  applyEvent(envelope, nowMs) {
    const isContinued = this.#event === null ? this.#hasBegun : this.#event.epoch === envelope.epoch;
    if (!isContinued) {
      this.begin(nowMs);
    }
    this.#event = envelope;
    const newestMs = this.bars.at(-1)?.openMs ?? Infinity;
    this.#takeEvent();
    const next = this.bars.find(({ openMs }) => openMs > newestMs);
    if (next && next.openMs > newestMs + this.#stepMs) {
      this.#dueMs = nowMs;
    }
    this.#trim();
  }

  /** The reader looks at the oldest bars. */
  wantOlder() {
    this.#wantsOlder = this.#hasOlder && this.bars.length > 0 && this.bars.length + PAGE_BARS <= MOST_BARS;
  }

  /**
   * What to ask of `get_candles` now, or null; an answer, or a failure, has to come before there is another.
   *
   * @param {number} nowMs
   * @returns {HistoryRequest | null}
   */
  nextRequest(nowMs) {
    if (this.#asked !== null) {
      return null;
    }
    if (nowMs >= this.#dueMs) {
      this.#dueMs = Infinity;
      this.#asked = { limit: PAGE_BARS };
    } else if (this.#wantsOlder) {
      this.#asked = { limit: PAGE_BARS, before: this.bars[0].open_ts };
    }
    return this.#asked;
  }

  /**
   * Take the answer to a request.
   *
   * @param {HistoryRequest} request
   * @param {{epoch: string, seq: number, bars: Bar[]}} answer
   * @param {number} nowMs
   */
  applyAnswer(request, answer, nowMs) {
    if (request !== this.#asked) {
      return;
    }
    this.#asked = null;
    this.#retryMs = RETRY_MS;
    const told = answer.bars.map(timed);
    if (request.before) {
      this.#applyOlder(told);
    } else {
      this.#applyLatest(told, answer, nowMs);
    }
  }

  /**
   * Take a failure of a request.
   *
   * @param {HistoryRequest} request
   * @param {{retry: boolean, details: object}} error
   * @param {number} nowMs
   */
  fail(request, error, nowMs) {
    if (request !== this.#asked) {
      return;
    }
    this.#asked = null;
    this.#wantsOlder = false;
    if (!error.retry) {
      this.refusal = error;
    } else if (!request.before) {
      this.#dueMs = nowMs + Math.max(this.#retryMs, error.details.retry_after_ms ?? 0);
      this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    }
  }

  /**
   * What is new since the last call: every bar where `isWhole`, or those that changed; null where nothing is.
   *
   * @returns {{isWhole: boolean, bars: TimedBar[]} | null}
   */
  takeNews() {
    const isWhole = this.#isWholeNew;
    const bars = isWhole ? this.bars : [...this.#news.values()].sort((left, right) => left.openMs - right.openMs);
    this.#news.clear();
    this.#isWholeNew = false;
    return isWhole || bars.length > 0 ? { isWhole, bars } : null;
  }

  #takeEvent() {
    const { last_closed: closed, bar } = this.#event.payload;
    [closed, bar].filter(Boolean).forEach((told) => this.#put(timed(told)));
  }

  #put(bar) {
    this.isLoading = false;
    const place = this.bars.findLastIndex(({ openMs }) => openMs <= bar.openMs);
    const isKnown = this.bars[place]?.openMs === bar.openMs;
    this.bars.splice(isKnown ? place : place + 1, isKnown ? 1 : 0, bar);
    this.#news.set(bar.openMs, bar);
    // A chart takes a bar at the end, or in the place of one; between two it does not.
    this.#isWholeNew ||= (!isKnown && place + 2 < this.bars.length) || this.#news.size > PAGE_BARS;
  }

  #applyOlder(told) {
    this.#wantsOlder = false;
    this.#hasOlder = told.length > 0;
    this.bars = [...told, ...this.bars];
    this.#isWholeNew ||= told.length > 0;
  }

  #applyLatest(told, { epoch, seq }, nowMs) {
    this.isLoading = false;
    this.#isWholeNew = true;
    this.#merge(told);
    if (this.#event?.epoch === epoch && this.#event.seq > seq) {
      this.#takeEvent();
    }
    const isDoubtful = told.length < PAGE_BARS || told.some(({ closed, quality }) => closed && quality === "degraded");
    this.#dueMs = isDoubtful ? nowMs + this.#reviewMs : Infinity;
    this.#reviewMs = Math.min(LONGEST_REVIEW_MS, this.#reviewMs * 2);
    this.#trim();
  }

  /** What was known goes where the answer does not reach it: a chart with a hole would look whole. */
  #merge(told) {
    const [firstMs, lastMs] = [told[0]?.openMs ?? Infinity, told.at(-1)?.openMs ?? Infinity];
    const before = this.bars.filter(({ openMs }) => openMs < firstMs);
    const isJoined = told.length === 0 || before.at(-1)?.openMs + this.#stepMs >= firstMs;
    const after = this.bars.filter(({ openMs }) => openMs > lastMs);
    this.#hasOlder ||= !isJoined;
    this.bars = [...(isJoined ? before : []), ...told, ...after];
  }

  #trim() {
    if (this.bars.length > MOST_BARS + PAGE_BARS) {
      this.bars = this.bars.slice(-MOST_BARS);
      this.#hasOlder = true;
      this.#isWholeNew = true;
    }
  }
}

function timed(bar) {
  return { ...bar, openMs: Date.parse(bar.open_ts) };
}
