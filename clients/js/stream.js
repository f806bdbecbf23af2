/** Decides, without clock or socket: what is news of a topic, what was lost, what to ask for. */

const CONFLATED =
  /^tapecast\.(price|quote|ticker|candles|system\.(heartbeat|status)|admin\.stats|user\.[^.]+\.(portfolio|margin|bots|risk))\b/;
const GAPPED = /^tapecast\.(trades|book)\./;

export const MOST_HELD = 2_000;
export const REPAIR_MS = 1_000; // between two repairs, doubling
export const LONGEST_REPAIR_MS = 30_000;
export const FORGIVEN_MS = 60_000; // then anew

/** By the contract's table. */
export function deliveryOf(topic) {
  return CONFLATED.test(topic) ? "conflated" : GAPPED.test(topic) ? "gapped" : "lossless";
}

/**
 * off -> due -> asked -> following -> due ...; events are held while an answer is awaited, but not where each is
 * complete: there an answer only fills in.
 */
export class TopicStream {
  position = null;
  #phase = "off";
  #delivery;
  #held = [];
  #hasStreamed = false;
  #toResume = false;
  #dueMs = 0;
  #repairMs = REPAIR_MS;
  #repairedMs = -Infinity;

  constructor(topic) {
    this.topic = topic;
    this.#delivery = deliveryOf(topic);
  }

  get isFollowing() {
    return this.#phase === "following";
  }

  begin(nowMs) {
    this.#want(this.position !== null && this.#delivery !== "gapped", nowMs);
  }

  lose() {
    this.#phase = "off";
  }

  offer(envelope, nowMs) {
    if (this.#phase === "off") {
      return [];
    }
    if (this.isFollowing || this.#delivery === "conflated") {
      return this.#follow(envelope, nowMs);
    }
    if (this.#held.push(envelope) > MOST_HELD) {
      this.#held.shift(); // leaves a step
    }
    return [];
  }

  /** To resume with epoch and seq, without for a snapshot. */
  takeRequest(nowMs) {
    if (this.#phase !== "due" || nowMs < this.#dueMs) {
      return null;
    }
    this.#phase = "asked";
    this.#held = []; // the answer has what came before
    this.#hasStreamed = false;
    return { topic: this.topic, ...(this.#toResume && this.position) };
  }

  applySnapshot(envelope, nowMs) {
    const { epoch, seq } = envelope;
    if (this.#phase !== "asked") {
      return [];
    }
    const isOld = this.position?.epoch === epoch ? seq <= this.position.seq : this.#hasStreamed;
    if (this.#delivery === "conflated" && isOld) {
      return this.applyEvents([], nowMs);
    }
    this.position = { epoch, seq };
    return [{ isSnapshot: true, envelope }, ...this.applyEvents([], nowMs)];
  }

  applyEvents(events, nowMs) {
    if (this.#phase !== "asked") {
      return [];
    }
    this.#phase = "following";
    return [...events, ...this.#held].flatMap((envelope) => this.offer(envelope, nowMs));
  }

  /** Whether that was the last word. */
  fail({ retry, details }, nowMs) {
    if (this.#phase !== "asked") {
      return false;
    }
    if (retry) {
      this.#repair(this.#toResume, nowMs, details.retry_after_ms);
    } else if (this.#toResume) {
      this.#want(false, nowMs);
    } else {
      this.#phase = "refused";
    }
    return this.#phase === "refused";
  }

  /** Who is still behind where the topic was some time ago has lost something. */
  reconcile({ epoch, seq }, nowMs) {
    if (this.isFollowing && !(this.position?.epoch === epoch && this.position.seq >= seq)) {
      this.#repair(this.#delivery === "lossless", nowMs);
    }
  }

  #follow(envelope, nowMs) {
    const { type, epoch, seq, first_seq: firstSeq = seq, payload } = envelope;
    const isSameEpoch = this.position?.epoch === epoch;
    const isConflated = this.#delivery === "conflated";
    this.#hasStreamed = true;
    if (isConflated && this.#phase === "due") {
      this.#phase = "following";
    }
    if (isSameEpoch && seq <= this.position.seq) {
      return [];
    }
    const isSnapshot = type === "snapshot" && "depth" in payload; // a whole book
    if (isConflated || isSnapshot || (isSameEpoch && firstSeq <= this.position.seq + 1)) {
      this.position = { epoch, seq };
      return [{ isSnapshot, envelope }];
    }
    this.#repair(isSameEpoch && this.#delivery === "lossless", nowMs);
    return [];
  }

  #want(toResume, dueMs) {
    this.#phase = "due";
    this.#toResume = toResume;
    this.#dueMs = dueMs;
  }

  #repair(toResume, nowMs, afterMs = 0) {
    const isForgiven = nowMs - this.#repairedMs > FORGIVEN_MS;
    this.#repairedMs = isForgiven ? nowMs : Math.max(nowMs, this.#repairedMs + this.#repairMs);
    this.#repairMs = isForgiven ? REPAIR_MS : Math.min(LONGEST_REPAIR_MS, this.#repairMs * 2);
    this.#want(toResume, Math.max(this.#repairedMs, nowMs + afterMs));
  }
}
