/** The life of the connection: live, lost, when to try again, and what to call it. */

/** Longest silence before the network counts as lost; the gateway's heartbeat comes every second. */
export const SILENCE_MS = 8_000;
/** Longest wait for an attempt to become a session. */
export const JOIN_MS = 15_000;
/** A session that lived this long starts the back-off anew. */
export const STEADY_MS = 10_000;

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
const LATER_DELAY_MS = 10_000;

/**
 * How long to wait before the next attempt: doubling from one second to thirty, the upper half of it by chance.
 *
 * @param {number} attempt 0 for the first after a loss.
 * @param {import("./closes.js").ComeBack} comeBack
 * @param {number} chance From 0 to 1; it spreads clients that were lost together.
 */
export function retryDelayMs(attempt, comeBack, chance) {
  const first = comeBack === "later" ? LATER_DELAY_MS : FIRST_DELAY_MS;
  const longest = Math.min(LONGEST_DELAY_MS, first * 2 ** Math.min(attempt, 10));
  return (longest / 2) * (1 + chance);
}

/**
 * What is decided about the connection; the shell opens and closes sockets as it says.
 *
 * It reads no clock and no socket. Phases: connecting -> live -> waiting -> connecting ..., and ended from any of them
 * where the gateway says not to come back. There is no limit to the number of attempts.
 *
 * Units: all times in milliseconds on the page's monotonic clock.
 */
export class Link {
  /** @type {"connecting" | "live" | "waiting" | "ended"} */
  phase = "connecting";
  /** The role that the gateway gave this session, or null before it was joined. */
  role = null;
  /** What happened last, in words; empty while nothing has. */
  news = "";
  #attempt = 0;
  #sinceMs;
  #heardMs;
  /** When the session that was lost was last heard, or null while none is. */
  #lostMs = null;
  #retryMs = 0;

  /** @param {number} nowMs */
  constructor(nowMs) {
    this.#sinceMs = nowMs;
    this.#heardMs = nowMs;
  }

  /** An attempt begins. */
  open(nowMs) {
    this.phase = "connecting";
    this.#sinceMs = nowMs;
  }

  /** The session is joined and its subscriptions stand. */
  join(role, nowMs) {
    this.phase = "live";
    this.role = role;
    this.#sinceMs = nowMs;
    this.#heardMs = nowMs;
    if (this.#lostMs !== null) {
      this.news = `Back after ${Math.max(1, Math.round((nowMs - this.#lostMs) / 1000))} s.`;
      this.#lostMs = null;
    }
  }

  /** A message came: the network is there. */
  hear(nowMs) {
    this.#heardMs = nowMs;
  }

  /**
   * The connection, or the attempt, is over.
   *
   * @param {import("./closes.js").Ending} ending
   * @param {number} nowMs
   * @param {number} chance From 0 to 1.
   */
  lose({ words, comeBack }, nowMs, chance) {
    if (this.phase === "live") {
      this.#lostMs = this.#heardMs;
      this.#attempt = nowMs - this.#sinceMs >= STEADY_MS ? 0 : this.#attempt;
    }
    this.news = words;
    if (comeBack === "no" || comeBack === "with a new token") {
      this.phase = "ended";
      return;
    }
    this.phase = "waiting";
    this.#retryMs = nowMs + retryDelayMs(this.#attempt, comeBack, chance);
    this.#attempt += 1;
  }

  /** Whether the time for the next attempt has come. */
  isDue(nowMs) {
    return this.phase === "waiting" && nowMs >= this.#retryMs;
  }

  /** Whether a connection that should speak has been silent for too long. */
  isSilent(nowMs) {
    return (
      (this.phase === "live" && nowMs - this.#heardMs >= SILENCE_MS) ||
      (this.phase === "connecting" && nowMs - this.#sinceMs >= JOIN_MS)
    );
  }

  /** The state in one or two words. */
  get words() {
    const isFirst = this.#lostMs === null && this.#attempt === 0;
    return {
      connecting: isFirst ? "Connecting" : "Reconnecting",
      live: "Live",
      waiting: "Reconnecting",
      ended: "Disconnected",
    }[this.phase];
  }

  /** Whole seconds until the next attempt, or null where none is waited for. */
  secondsToRetry(nowMs) {
    return this.phase === "waiting" ? Math.max(0, Math.ceil((this.#retryMs - nowMs) / 1000)) : null;
  }
}
