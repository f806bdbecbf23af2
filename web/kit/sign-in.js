/** Who signs in on a page, and with what: decided here, and shown elsewhere. */

import { needsToken, newsText } from "./endings.js";
import { ageText } from "./words.js";

/** @typedef {import("../../clients/js/tapecast.js").ConnectionState} ConnectionState */
/** @typedef {{token: string} | {demo: string}} Credential A token that somebody has, or a user whose tokens a development gateway makes. */
/** @typedef {{user_id: string, user: string, role: string, session: number, expires_at: string | null}} Me */

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const OF_ONE_TOKEN_ALONE = ["exp", "iat", "nbf", "jti"];
const SOON_MS = 60_000;

/** A token as it was pasted: without what a copy brings along. */
export const pastedToken = (text) => text.trim().replace(/^bearer\s+/i, "").replace(/\s+/g, "");

/**
 * What is wrong with a token by its form, or nothing; what else is wrong, the gateway says.
 *
 * @param {string} token
 */
export function tokenFault(token) {
  if (token === "") {
    return "Paste a token.";
  }
  return TOKEN.test(token) ? "" : "This is no token: one has three parts of letters and digits, with two points between them.";
}

/**
 * Whether two tokens let in the same person as the same: all that they claim is equal, but for their times and names.
 *
 * @param {string} left
 * @param {string} right
 */
export function areOfOnePerson(left, right) {
  const [one, other] = [left, right].map(claimsOf);
  return one !== null && one === other;
}

function claimsOf(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return JSON.stringify(Object.entries(claims).filter(([name]) => !OF_ONE_TOKEN_ALONE.includes(name)).sort());
  } catch {
    return null;
  }
}

/** The sign-in of a page: kept for as long as its tab is open, in session storage and nowhere else. */
export class KeptSignIn {
  /** @type {Credential | null} */
  #current = null;
  #token = null;
  #isHandedOut = false;

  /**
   * @param {Pick<Storage, "getItem" | "setItem" | "removeItem">} storage
   * @param {string} key
   * @param {(user: string) => Promise<string>} fetchToken A new token of a demo user.
   */
  constructor(storage, key, fetchToken) {
    Object.assign(this, { storage, key, fetchToken });
  }

  /** Whether the next token comes by itself, when this one ends. */
  get renewsItself() {
    return this.#current !== null && "demo" in this.#current;
  }

  /** The credential that an earlier page of this tab kept, or null. */
  restore() {
    try {
      const { token, demo } = JSON.parse(this.storage.getItem(this.key));
      return typeof token === "string" ? { token } : typeof demo === "string" ? { demo } : null;
    } catch {
      return null;
    }
  }

  /** @param {Credential} credential */
  use(credential) {
    this.#current = credential;
    this.#token = credential.token ?? null;
    this.#isHandedOut = false;
  }

  /** Keep what the gateway accepted. */
  keep() {
    this.storage.setItem(this.key, JSON.stringify(this.#current));
  }

  forget() {
    this.#current = this.#token = null;
    this.storage.removeItem(this.key);
  }

  /** Whether a token would let in the person of the one in use. */
  isOfSamePerson(token) {
    return !this.renewsItself && this.#token !== null && areOfOnePerson(this.#token, token);
  }

  /**
   * The token to connect with, as the client asks for it.
   *
   * @param {{renew: boolean}} want Whether the one that was handed out is no use any more.
   */
  async token({ renew }) {
    if (this.renewsItself) {
      this.#token = renew || this.#token === null ? await this.#fetch(this.#current) : this.#token;
    } else if (this.#token === null || (renew && this.#isHandedOut)) {
      throw new Error("there is no newer token");
    }
    this.#isHandedOut = true;
    return this.#token;
  }

  /** A token that comes when somebody else has signed in, or nobody is any more, is not theirs. */
  async #fetch(credential) {
    const token = await this.fetchToken(credential.demo);
    if (credential !== this.#current) {
      throw new Error("the sign-in has changed");
    }
    return token;
  }
}

/**
 * Why the reader is asked for a token, or nothing where there is nothing wrong.
 *
 * @param {ConnectionState | null} state
 */
export function problemText(state) {
  if (state === null || !needsToken(state)) {
    return "";
  }
  const { reason, message } = state.ending;
  if (reason === "refused") {
    return `The gateway does not accept this token: ${message}.`;
  }
  return reason === "signed_out" ? "" : `${newsText(state, null)} What is shown is not live; a new token goes on from here.`;
}

/**
 * Why a live session goes on with its old token.
 *
 * @param {{message: string}} error
 */
export const refreshProblem = ({ message }) => `The gateway does not accept this token: ${message}.`;

/**
 * That a role has no business on a page, or nothing where it has.
 *
 * @param {string} role
 * @param {string[]} roles
 */
export function roleProblem(role, roles) {
  return roles.includes(role) ? "" : `This page is for the role ${roles.join(" or ")}. The role of this token is ${role}.`;
}

/**
 * When the token ends, and whether it is time for another.
 *
 * @param {number} remainingMs
 * @param {boolean} isAnnounced Whether the gateway has said that it ends soon.
 * @returns {{text: string, isSoon: boolean}}
 */
export function endOf(remainingMs, isAnnounced) {
  if (!Number.isFinite(remainingMs)) {
    return { text: "", isSoon: false };
  }
  const isSoon = isAnnounced || remainingMs <= SOON_MS;
  const when = remainingMs <= 0 ? "now" : `in ${ageText(remainingMs)}`;
  return { text: isSoon ? `The sign-in ends ${when}.` : `for ${ageText(remainingMs)}`, isSoon };
}
