/** What became of something that a reader did, in words. */

/** @typedef {import("../../clients/js/tapecast.js").TapecastError} TapecastError */

const LOST = "There is no connection. It may have been done all the same: look before you try again.";

/** What is said of a code in place of the gateway's own message, or before it. */
const WORDS = {
  authentication_required: () => "This needs a sign-in.",
  not_authorized: () => "Who is signed in here may not do that.",
  rate_limited: ({ details }) => `That was too often; ${waitText(details.retry_after_ms)}.`,
  internal: () => "The gateway failed; its log says why.",
  "wamp.error.no_such_procedure": () => "This gateway has no such procedure.",
};

/**
 * Why something was refused.
 *
 * @param {Partial<TapecastError> & {message: string}} error
 */
export function refusalText(error) {
  const { code, message, retry } = error;
  if (code === undefined) {
    return `This page failed: ${message}`;
  }
  if (code === "unavailable" && message === "there is no connection") {
    return LOST;
  }
  const said = WORDS[code]?.({ details: {}, ...error }) ?? sentence(message);
  const hint = retry && code !== "rate_limited" ? " It can succeed later." : "";
  return `${said}${hint} (${code})`;
}

/** How many of something, in the number that goes with it: `1 session`, `2 sessions`, `5,000 sessions`. */
export function countOf(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function waitText(ms) {
  return ms === undefined ? "try again later" : `try again in ${Math.max(1, Math.ceil(ms / 1000))} s`;
}

function sentence(message) {
  const text = message[0].toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
