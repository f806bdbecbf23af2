/** Whether something can be tried just now, and if not, why. */

import { needsToken } from "../kit/endings.js";
import { problemText } from "../kit/sign-in.js";
import { mayUse } from "./contract.js";

/** @typedef {import("../../clients/js/tapecast.js").ConnectionState} ConnectionState */

/**
 * What stands in the way of trying something over WAMP, or nothing.
 *
 * @param {import("./contract.js").Access} access
 * @param {ConnectionState | null} state
 */
export function hindranceOf(access, state) {
  if (state?.phase !== "live") {
    return "There is no connection just now.";
  }
  if (mayUse(access, state.role)) {
    return "";
  }
  const roles = [...new Set([...access.own, ...access.any_of])].join(" or ");
  return `Sign in above as ${roles} to try this.`;
}

/**
 * Why a topic cannot be followed, or nothing.
 *
 * @param {string | null} topic
 * @param {boolean} isKnown Whether the gateway has told which topics it has.
 */
export function topicHindranceOf(topic, isKnown) {
  if (topic !== null) {
    return "";
  }
  return isKnown ? "The gateway has no such topic just now." : "Asking the gateway for its topics.";
}

/**
 * What is wrong with the token, or with having none; nothing where all is well.
 *
 * @param {string | null} token
 * @param {ConnectionState} state
 */
export function tokenProblemOf(token, state) {
  if (token !== null) {
    return problemText(state);
  }
  return needsToken(state) ? "This gateway is not public: without a token nothing can be tried." : "";
}
