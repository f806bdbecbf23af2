/** The dead-man switch of this page: what the reader wants of it, and what the gateway says that it holds. */

import { durationText } from "../kit/answers.js";
import { countOf } from "../kit/outcomes.js";

/** @typedef {"off" | "arming" | "armed" | "disarming" | "lost" | "refused"} Phase */

/**
 * Sans-I/O: tell it what happens, and it says what to ask the gateway for.
 *
 * The switch is the session's own: it ends with the session, and whoever wants it says so to the next one.
 *
 * off -> arming -> armed -> disarming -> off; armed -> lost -> arming ...; refused where the gateway says no.
 */
export class DeadMan {
  /** @type {Phase} */
  phase = "off";
  /** How long after a loss the reader wants the orders cancelled; 0 where never. */
  wantedMs = 0;
  /** How many sessions of the user are armed, this one included. */
  armedSessions = 0;
  /** What was told of the user's switches last, in words. */
  news = "";
  #hasReturned = false;
  #heldMs = 0;

  /** Forget whose it was; the switch of that session ends with it. */
  forget() {
    Object.assign(this, { phase: "off", wantedMs: 0, armedSessions: 0, news: "" });
    this.#hasReturned = false;
    this.#heldMs = 0;
  }

  /**
   * The reader wants it armed, or with 0 off.
   *
   * @returns {number} What to tell the gateway.
   */
  want(afterMs) {
    const isHeld = this.phase === "armed" || this.phase === "arming";
    Object.assign(this, { wantedMs: afterMs, phase: afterMs > 0 ? "arming" : isHeld ? "disarming" : "off" });
    this.#hasReturned = false;
    return afterMs;
  }

  /** The session is lost, and its switch with it; where there was none, nothing is. */
  lose() {
    if (this.phase !== "refused") {
      this.phase = this.wantedMs > 0 ? "lost" : "off";
    }
  }

  /**
   * There is a new session, which is not armed.
   *
   * @returns {number | null} What to tell the gateway; null where there is nothing to say.
   */
  return() {
    if (this.phase !== "lost") {
      return null;
    }
    this.phase = "arming";
    this.#hasReturned = true;
    return this.wantedMs;
  }

  /** The gateway has said what holds. */
  hold({ after_ms: afterMs, armed_sessions: armedSessions }) {
    this.armedSessions = armedSessions;
    this.#heldMs = afterMs;
    this.phase = afterMs > 0 ? "armed" : "off";
  }

  /** The gateway has said no, for good. */
  refuse() {
    if (this.wantedMs > 0) {
      this.phase = "refused";
    } else {
      Object.assign(this, { phase: "armed", wantedMs: this.#heldMs });
    }
  }

  /** Take what the user is told of switches, this page's and others'. */
  hear({ event, cancelled_orders: cancelled }) {
    if (event === "switch_fired") {
      this.news = `A switch has fired: ${countOf(cancelled ?? 0, "order")} cancelled.`;
    } else if (event === "switch_stopped" || event === "switch_lost") {
      this.news = event === "switch_lost" ? "An armed session was lost." : "Back in time: no order was cancelled.";
    }
  }

  /** What the reader has to know now. */
  get words() {
    const delay = durationText(this.wantedMs / 1000);
    return {
      off: "If this page is lost, your open orders stay.",
      arming: this.#hasReturned ? "Back with a new session, which is being armed again." : "Being armed.",
      disarming: "Being disarmed.",
      armed: `${this.#hasReturned ? "Armed again after the connection was lost. " : ""}Once this page has been gone for ${delay}, all of your open orders are cancelled.`,
      lost: `The connection is lost. Unless this page is back within ${delay}, the gateway cancels all of your open orders.`,
      refused: "It could not be armed: your open orders stay, whatever becomes of this page.",
    }[this.phase];
  }
}

/** The state in one word, and the tone that goes with it. */
export function phaseTold(phase) {
  return {
    off: { text: "Off", tone: "none" },
    arming: { text: "Arming", tone: "warn" },
    armed: { text: "Armed", tone: "good" },
    disarming: { text: "Disarming", tone: "warn" },
    lost: { text: "Not armed", tone: "bad" },
    refused: { text: "Not armed", tone: "bad" },
  }[phase];
}
