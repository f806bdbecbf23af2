/** How the connection is and why the last one ended, in a reader's words. */

/** @typedef {import("../../clients/js/tapecast.js").ConnectionState} ConnectionState */

/** The contract's reason -> close code, and what it means. */
export const CLOSES = {
  "tapecast.close.join_timeout": { code: 4000, words: "The gateway waited too long for this page to join." },
  "tapecast.close.authentication_required": { code: 4001, words: "The gateway asks for a sign-in." },
  "tapecast.close.token_invalid": { code: 4001, words: "The gateway does not accept the sign-in." },
  "tapecast.close.token_expired": { code: 4001, words: "The sign-in has expired." },
  "tapecast.close.revoked": { code: 4001, words: "The sign-in was revoked." },
  "tapecast.close.user_inactive": { code: 4002, words: "This account is not active." },
  "tapecast.close.too_many_connections": { code: 4003, words: "Too many connections from here." },
  "tapecast.close.node_full": { code: 4003, words: "The gateway is full." },
  "tapecast.close.invalid_message": { code: 4004, words: "The gateway did not understand this page." },
  "tapecast.close.kicked": { code: 4005, words: "An operator ended this connection." },
  "tapecast.close.blocked": { code: 4005, words: "An operator blocked this connection." },
  "tapecast.close.slow_consumer": { code: 4008, words: "This page was too slow to keep up." },
  "tapecast.close.shutdown": { code: 4012, words: "The gateway is restarting." },
  "tapecast.close.maintenance": { code: 4013, words: "The gateway is under maintenance." },
  "tapecast.close.rate_limited": { code: 4029, words: "This page sent too much at once." },
  "tapecast.error.internal": { code: 1011, words: "The gateway failed." },
};

const MAINTENANCE = CLOSES["tapecast.close.maintenance"];

/** The client's own reason -> what it means. */
const LOSSES = {
  cut: "The connection was cut.",
  unreachable: "The gateway does not answer.",
  silent: "The network went silent.",
  offline: "This device is offline.",
};

const WORDS = { live: "Live", waiting: "Reconnecting", ended: "Disconnected" };

/**
 * The state in one or two words.
 *
 * @param {ConnectionState} state
 */
export function stateWords({ phase, isReturning, ending }) {
  if (ending?.reason === "signed_out") {
    return "Signed out";
  }
  return WORDS[phase] ?? (isReturning ? "Reconnecting" : "Connecting");
}

/**
 * Whether nothing goes on until the reader signs in.
 *
 * @param {ConnectionState} state
 */
export function needsToken({ phase, ending }) {
  return phase === "ended" && ending?.comeBack === "with a new token";
}

/**
 * What happened last, or nothing while nothing has.
 *
 * @param {ConnectionState} state
 * @param {{message: string} | null} refusal What the gateway said where it refused the prices.
 */
export function newsText(state, refusal) {
  const { phase, ending, awayMs } = state;
  if (refusal) {
    return `The gateway refused: ${refusal.message}`;
  }
  if (ending?.reason === "signed_out") {
    return "";
  }
  if (phase === "live") {
    return awayMs === null ? "" : `Back after ${Math.max(1, Math.round(awayMs / 1000))} s.`;
  }
  if (ending?.reason === "refused") {
    return `${needsToken(state) ? "The gateway needs a token" : refusalOf(ending)}: ${ending.message}`;
  }
  return ending ? endingText(ending) : "";
}

function refusalOf({ code }) {
  return code === MAINTENANCE.code ? MAINTENANCE.words.slice(0, -1) : "The gateway refused";
}

function endingText({ reason, code, message }) {
  const close = CLOSES[reason] ?? Object.values(CLOSES).find((one) => one.code === code);
  return close?.words ?? LOSSES[reason] ?? `The connection ended: ${message ?? reason}.`;
}

/**
 * Whole seconds until the next attempt, or null where none is waited for.
 *
 * @param {ConnectionState} state
 * @param {number} nowMs
 */
export function secondsToRetry({ phase, retryMs }, nowMs) {
  return phase === "waiting" ? Math.max(0, Math.ceil((retryMs - nowMs) / 1000)) : null;
}
