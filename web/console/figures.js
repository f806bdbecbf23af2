/** The figures of the node over time: what each chart draws, for as long as this page has been open. */

import { TimeLines } from "../kit/time-lines.js";

const KEPT = 900;
const LONGEST_STEP_S = 5;
const PROCESSES = ["router", "market", "trading"];
const QUANTILES = ["p50_ms", "p95_ms", "p99_ms"];

/** All topic families together. */
export const ALL = "all";

const sum = (values) => values.reduce((total, value) => total + value, 0);
const rates = (counters) => sum(Object.values(counters).map(({ per_second: rate }) => rate));
const ratesOf = (counters, isWanted) => rates(Object.fromEntries(Object.entries(counters).filter(([name]) => isWanted(name))));
const thinnedAs = (fate) => (figures) => ratesOf(figures.thinned, (name) => name.endsWith(`.${fate}`));
const isOurs = (reason) => reason !== "peer" && reason !== "lost";
const endedBy = (isWanted) => (figures) => ratesOf(figures.closes, isWanted);
const waitingIn = (lane) => (figures) => figures.waiting[lane];
const ofProcess = (name, field) => (figures) => figures.processes.find(({ process }) => process === name)?.[field] ?? null;

/** What each line is, reckoned from the figures; those of joins are told as totals alone, and follow `refusedJoins`. */
const LINES = {
  connections: [
    (figures) => figures.connections,
    ({ sessions }) => sessions.public,
    ({ sessions }) => sessions.trader,
    ({ sessions }) => sessions.risk + sessions.issuer + sessions.service + sessions.admin,
  ],
  messages: [
    ({ messages }) => messages.sent.event?.per_second ?? 0,
    ({ messages }) => rates(messages.sent) - (messages.sent.event?.per_second ?? 0),
    ({ messages }) => rates(messages.received),
  ],
  thinned: ["conflated", "merged", "dropped"].map(thinnedAs),
  waiting: ["control", "lossless", "gapped", "conflated"].map(waitingIn),
  refused: [({ refusals }) => rates(refusals), (_, refusedJoins) => refusedJoins],
  ended: [endedBy((reason) => reason === "peer"), endedBy((reason) => reason === "lost"), endedBy(isOurs)],
  cpu: PROCESSES.map((name) => ofProcess(name, "cpu_percent")),
  memory: PROCESSES.map((name) => ofProcess(name, "memory_bytes")),
};

/** Lines of one topic family out of many, so that a chart can change from one to another. */
class LagLines {
  changes = 0;
  family = ALL;
  #lines = new Map([[ALL, newLines(QUANTILES.length)]]);

  get columns() {
    return this.#lines.get(this.family).columns;
  }

  rangeOf(line) {
    return this.#lines.get(this.family).rangeOf(line);
  }

  /** @param {string} family One that has been told of, or `all`. */
  choose(family) {
    this.family = family;
    this.changes += 1;
  }

  add(timeS, { all, families }) {
    for (const family of Object.keys(families)) {
      this.#lines.set(family, this.#lines.get(family) ?? newLines(QUANTILES.length));
    }
    for (const [family, lines] of this.#lines) {
      const told = family === ALL ? all : families[family];
      lines.add(timeS, QUANTILES.map((name) => told?.[name] ?? null));
    }
    this.changes += 1;
  }

  interrupt() {
    this.#lines.forEach((lines) => lines.interrupt(0));
    this.changes += 1;
  }
}

/**
 * What the node has told of itself, a point a second, and no more than a quarter of an hour of it.
 *
 * It reads no clock: times are the gateway's own, so that a chart is right where the reader's clock is not.
 */
export class Figures {
  /** The newest figures, or null before the first. */
  latest = null;
  /** When the newest came, UNIX seconds by the gateway's clock. */
  lastS = null;
  lag = new LagLines();
  lines = Object.fromEntries(Object.entries(LINES).map(([name, { length }]) => [name, newLines(length)]));
  #refusedJoins = null;

  /**
   * Take the figures of a second.
   *
   * @param {{ts: string, payload: object}} envelope
   */
  apply({ ts, payload }) {
    const timeS = Date.parse(ts) / 1000;
    if (this.lastS !== null && Math.abs(timeS - this.lastS) > LONGEST_STEP_S) {
      this.interrupt();
    }
    const refusedJoins = this.#refusedJoinsRate(payload, timeS);
    for (const [name, lines] of Object.entries(LINES)) {
      this.lines[name].add(timeS, lines.map((of) => of(payload, refusedJoins)));
    }
    this.lag.add(timeS, payload.delivery);
    this.latest = payload;
    this.lastS = timeS;
  }

  /** From now on nothing is known: a gap, until the next figures. */
  interrupt() {
    Object.values(this.lines).forEach((lines) => lines.interrupt(0));
    this.lag.interrupt();
    this.#refusedJoins = null;
  }

  #refusedJoinsRate({ joins }, timeS) {
    const total = sum(Object.values(joins.refused));
    const before = this.#refusedJoins;
    this.#refusedJoins = { total, timeS };
    return before === null || timeS <= before.timeS ? null : (total - before.total) / (timeS - before.timeS);
  }
}

function newLines(count) {
  return new TimeLines(count, { most: KEPT, keeps: "newest" });
}
