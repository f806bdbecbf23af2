/** Values over time, never more than so many, and what they say in words. */

const MOST_POINTS = 1_800;

/**
 * Lines over the same times, in the columns that a chart draws.
 *
 * Where there are too many points, the whole time stays and the steps get coarser, or the oldest points go. A null is a
 * gap, and stays one. It reads no clock: feed it values, take columns out.
 *
 * Units: times in UNIX seconds, as uPlot has them.
 */
export class TimeLines {
  /** Counts changes, so that whoever draws knows whether there is something new. */
  changes = 0;
  #columns;
  #stepS = 0;

  /**
   * @param {number} lines How many lines there are.
   * @param {{most?: number, keeps?: "whole" | "newest"}} [options]
   */
  constructor(lines, { most = MOST_POINTS, keeps = "whole" } = {}) {
    Object.assign(this, { lines, most, keeps });
    this.clear();
  }

  /** The times, then the values of each line. */
  get columns() {
    return this.#columns;
  }

  /** The first and the last time, or null where there is none. */
  get span() {
    const [times] = this.#columns;
    return times.length === 0 ? null : { firstS: times[0], lastS: times.at(-1) };
  }

  /** Forget everything. */
  clear() {
    this.#columns = Array.from({ length: this.lines + 1 }, () => []);
    this.#stepS = 0;
    this.changes += 1;
  }

  /**
   * Take what holds at a time; a time that is not later than the last one replaces it.
   *
   * @param {number} timeS
   * @param {(number | null)[]} values One of each line.
   */
  add(timeS, values) {
    this.changes += 1;
    if (this.#replacesLast(timeS)) {
      this.#columns.forEach((column) => column.pop());
    }
    [timeS, ...values].forEach((value, place) => this.#columns[place].push(value));
    if (this.#columns[0].length > this.most) {
      this.#shorten();
    }
  }

  /** From now on nothing is known, until the next values. */
  interrupt(timeS) {
    const { span } = this;
    if (span && !this.#isGap(this.#columns[0].length - 1)) {
      this.add(Math.max(timeS, span.lastS + 0.001), Array(this.lines).fill(null));
    }
  }

  /**
   * What a line shows, or null where it shows nothing.
   *
   * @param {number} line
   * @returns {{first: number, last: number, low: number, high: number} | null}
   */
  rangeOf(line) {
    const values = this.#columns[line + 1].filter((value) => value !== null);
    if (values.length === 0) {
      return null;
    }
    const low = values.reduce((least, value) => Math.min(least, value));
    const high = values.reduce((most, value) => Math.max(most, value));
    return { first: values[0], last: values.at(-1), low, high };
  }

  #replacesLast(timeS) {
    const [times] = this.#columns;
    const last = times.length - 1;
    if (last < 0) {
      return false;
    }
    return timeS <= times[last] || (last > 0 && timeS - times[last - 1] < this.#stepS && !this.#isGap(last));
  }

  #isGap(place) {
    return this.#columns.slice(1).every((column) => column[place] === null);
  }

  #shorten() {
    const last = this.#columns[0].length - 1;
    if (this.keeps === "newest") {
      this.#columns.forEach((column) => column.shift());
      return;
    }
    const stays = this.#columns[0].map((_, place) => place % 2 === 0 || place === last || this.#isGap(place));
    this.#columns = this.#columns.map((column) => column.filter((_, place) => stays[place]));
    const { firstS, lastS } = this.span;
    this.#stepS = (2 * (lastS - firstS)) / this.most;
  }
}

/**
 * What a line shows, for whoever does not see it.
 *
 * @param {string} name
 * @param {ReturnType<TimeLines["rangeOf"]>} range
 * @param {(value: number) => string} format
 */
export function rangeText(name, range, format) {
  if (range === null) {
    return `${name}: nothing yet.`;
  }
  const { first, last, low, high } = range;
  return `${name}: ${format(last)} now, ${format(first)} at first, lowest ${format(low)}, highest ${format(high)}.`;
}

/**
 * The lowest and the highest value of an axis: some room around what is shown, also where it does not move.
 *
 * @param {number} low
 * @param {number} high
 * @param {boolean} isFromZero
 * @returns {[number, number]}
 */
export function axisRange(low, high, isFromZero) {
  const room = (high - low) * 0.1 || Math.abs(high) * 0.001 || 1;
  return [isFromZero ? 0 : low - room, high + room];
}

/**
 * Times of day in UTC, as short as they can be told apart.
 *
 * @param {number[]} times UNIX seconds.
 */
export function clockTexts(times) {
  const hasSeconds = times.some((time) => time % 60 !== 0);
  const options = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC", ...(hasSeconds && { second: "2-digit" }) };
  return times.map((time) => new Date(time * 1000).toLocaleTimeString("en-GB", options));
}
