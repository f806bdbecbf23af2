/** Decides, without clock or socket: when to come back, when silence is loss, when to renew the token. */

const RENEW = "with a new token";

/** By close code, as in the contract. */
export const COME_BACK = {
  ...{ 4000: "yes", 4008: "yes", 4012: "yes" },
  ...{ 4003: "later", 4013: "later", 4029: "later", 1011: "later" },
  ...{ 4002: "no", 4004: "no", 4005: "no", 1009: "no" },
  4001: RENEW,
};

export const SILENCE_MS = 8_000; // of a heartbeat a second
export const JOIN_MS = 15_000;
export const STEADY_MS = 10_000; // starts the back-off anew
export const PROBE_MS = 2_000; // to show that it is there
export const STUCK_MS = 1_000; // an attempt that a waking page gives up
export const SLEPT_MS = 5_000; // timers that were away so long prove nothing
export const MARGIN_MS = 120_000; // the timers of a hidden page run once a minute
export const RENEW_AGAIN_MS = 10_000;

const FIRST_DELAY_MS = { yes: 1_000, later: 10_000, [RENEW]: 200 };
const LONGEST_DELAY_MS = 30_000;

/** Doubling; the upper half by chance, which spreads clients. */
export function retryDelayMs(attempt, comeBack, chance) {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS[comeBack] * 2 ** Math.min(attempt, 10));
  return (longest / 2) * (1 + chance);
}

/** connecting -> live -> waiting -> connecting ..., or ended; any number of attempts. */
export class Link {
  phase = "connecting";
  role = null;
  ending = null;
  isReturning = false;
  awayMs = null;
  retryMs = null;
  #attempt = 0;
  #sinceMs;
  #heardMs;
  #askedMs;
  #lostMs = null;
  #probedMs = null;
  #announcedMs = null;
  #renewMs = Infinity;
  #endMs;

  constructor(nowMs, canRenew) {
    this.canRenew = canRenew;
    this.#sinceMs = this.#heardMs = this.#askedMs = nowMs;
  }

  open(nowMs) {
    this.phase = "connecting";
    this.#sinceMs = nowMs;
  }

  join(role, nowMs) {
    Object.assign(this, { phase: "live", role });
    this.#sinceMs = nowMs;
    this.#announcedMs = null;
    this.hear(nowMs);
    if (this.#lostMs !== null) {
      this.awayMs = nowMs - this.#lostMs;
      this.#lostMs = null;
    }
  }

  hear(nowMs) {
    this.#heardMs = nowMs;
    this.#probedMs = null;
  }

  announce(retryAfterMs = null) {
    this.#announcedMs = retryAfterMs;
  }

  expire(remainingMs, nowMs, chance) {
    this.#endMs = nowMs + remainingMs;
    this.#renewMs = this.#endMs - Math.min(MARGIN_MS, remainingMs / 2) * (1 - chance / 4);
  }

  lose(ending, nowMs, chance) {
    const { comeBack, retryAfterMs = this.#announcedMs } = ending;
    if (this.phase === "live") {
      this.#lostMs = this.#heardMs;
      this.#attempt = nowMs - this.#sinceMs >= STEADY_MS ? 0 : this.#attempt;
    }
    Object.assign(this, { ending, isReturning: true, phase: "ended" });
    this.#renewMs = Infinity;
    if (comeBack === "no" || (comeBack === RENEW && !this.canRenew)) {
      return;
    }
    this.phase = "waiting";
    this.#announcedMs = Number.isFinite(retryAfterMs) ? retryAfterMs : null;
    this.retryMs = nowMs + Math.max(this.#announcedMs * (1 + chance / 2), retryDelayMs(this.#attempt, comeBack, chance));
    this.#attempt += 1;
  }

  /** What is due. */
  next(nowMs) {
    const hasSlept = nowMs - this.#askedMs > SLEPT_MS;
    this.#askedMs = nowMs;
    if (this.phase === "waiting") {
      return nowMs >= this.retryMs ? "open" : null;
    }
    if (nowMs >= this.#renewMs) {
      const againMs = nowMs + RENEW_AGAIN_MS;
      this.#renewMs = againMs < this.#endMs ? againMs : Infinity;
      return "renew";
    }
    return hasSlept && this.phase === "live" ? this.#probe(nowMs) : this.#isSilent(nowMs) ? "lose" : null;
  }

  /** The page is seen, or the network is back. */
  wake(nowMs) {
    this.#askedMs = nowMs;
    if (this.phase === "live") {
      return this.#probe(nowMs);
    }
    const isFree = this.phase === "waiting" && this.#announcedMs === null && this.ending.comeBack !== "later";
    const isStuck = this.phase === "connecting" && nowMs - this.#sinceMs >= STUCK_MS;
    return isFree || isStuck ? "open" : null;
  }

  #probe(nowMs) {
    if (this.#probedMs !== null || nowMs - this.#heardMs < PROBE_MS) {
      return null;
    }
    this.#probedMs = nowMs;
    return "probe";
  }

  #isSilent(nowMs) {
    if (this.phase === "live") {
      return this.#probedMs === null ? nowMs - this.#heardMs >= SILENCE_MS : nowMs - this.#probedMs >= PROBE_MS;
    }
    return this.phase === "connecting" && nowMs - this.#sinceMs >= JOIN_MS;
  }
}
