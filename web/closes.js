/** Why a connection ended, in words, and whether to come back: the contract's table of closes as a reader sees it. */

/** @typedef {"yes" | "later" | "with a new token" | "no"} ComeBack */
/** @typedef {{words: string, comeBack: ComeBack}} Ending */

/** Reason -> close code, what it means, and what the client should do. */
export const CLOSES = {
  "tapecast.close.join_timeout": { code: 4000, words: "The gateway waited too long for this page to join.", comeBack: "yes" },
  "tapecast.close.authentication_required": { code: 4001, words: "The gateway asks for a sign-in.", comeBack: "with a new token" },
  "tapecast.close.token_invalid": { code: 4001, words: "The gateway does not accept the sign-in.", comeBack: "with a new token" },
  "tapecast.close.token_expired": { code: 4001, words: "The sign-in has expired.", comeBack: "with a new token" },
  "tapecast.close.revoked": { code: 4001, words: "The sign-in was revoked.", comeBack: "with a new token" },
  "tapecast.close.user_inactive": { code: 4002, words: "This account is not active.", comeBack: "no" },
  "tapecast.close.too_many_connections": { code: 4003, words: "Too many connections from here.", comeBack: "later" },
  "tapecast.close.node_full": { code: 4003, words: "The gateway is full.", comeBack: "later" },
  "tapecast.close.invalid_message": { code: 4004, words: "The gateway did not understand this page.", comeBack: "no" },
  "tapecast.close.kicked": { code: 4005, words: "An operator ended this connection.", comeBack: "no" },
  "tapecast.close.blocked": { code: 4005, words: "An operator blocked this connection.", comeBack: "no" },
  "tapecast.close.slow_consumer": { code: 4008, words: "This page was too slow to keep up.", comeBack: "yes" },
  "tapecast.close.shutdown": { code: 4012, words: "The gateway is restarting.", comeBack: "yes" },
  "tapecast.close.maintenance": { code: 4013, words: "The gateway is under maintenance.", comeBack: "later" },
  "tapecast.close.rate_limited": { code: 4029, words: "This page sent too much at once.", comeBack: "later" },
  "tapecast.error.internal": { code: 1011, words: "The gateway failed.", comeBack: "later" },
};

const OFFLINE = { words: "This device is offline.", comeBack: "yes" };

/**
 * What a closed WebSocket tells.
 *
 * @param {{code: number, reason: string}} close The socket's close event.
 * @param {{wasOpen: boolean, isOnline: boolean}} circumstances Whether the session had been joined, and whether the
 *     device has a network at all.
 * @returns {Ending}
 */
export function explainClose(close, { wasOpen, isOnline }) {
  const known = contractOf(close);
  if (known) {
    return { words: known.words, comeBack: known.comeBack };
  }
  if (!isOnline) {
    return OFFLINE;
  }
  return { words: wasOpen ? "The connection was cut." : "The gateway does not answer.", comeBack: "yes" };
}

/**
 * What it tells where the gateway had refused the join or a subscription before, with an error of its own.
 *
 * @param {{errorUri: string, details?: {message?: string}, argsDict?: {message?: string}}} error
 * @param {{code: number, reason: string}} close
 * @returns {Ending}
 */
export function explainRefusal(error, close) {
  const message = error.argsDict?.message ?? error.details?.message ?? error.errorUri;
  return { words: `The gateway refused: ${message}`, comeBack: contractOf(close)?.comeBack ?? "later" };
}

function contractOf({ code, reason }) {
  return CLOSES[reason] ?? Object.values(CLOSES).find((close) => close.code === code);
}

/**
 * What it tells when nothing was heard for too long.
 *
 * @param {{isOnline: boolean}} circumstances
 * @returns {Ending}
 */
export function explainSilence({ isOnline }) {
  return isOnline ? { words: "The network went silent.", comeBack: "yes" } : OFFLINE;
}
