/** Who is connected: read in pages, found, sorted, counted. */

import { bySorting } from "../kit/sorting.js";

/**
 * One session, as the gateway lists it.
 *
 * @typedef {object} Session
 * @property {number} session
 * @property {string} user_id
 * @property {string} role
 * @property {string | null} address Null over a local socket.
 * @property {string} since
 * @property {string | null} token_id
 * @property {string | null} key_id
 * @property {string | null} expires_at
 * @property {number} subscriptions
 * @property {number | null} lag_ms
 * @property {number | null} waiting
 * @property {number | null} conflated
 * @property {number | null} dropped
 * @property {number | null} sent_messages_per_s
 * @property {number | null} sent_bytes_per_s
 */

/** @typedef {import("../kit/sorting.js").Sorting} Sorting */
/** @typedef {(procedure: string, fields: object) => Promise<any>} Call */

const LIST = "tapecast.admin.sessions.list";

/** A page of as many more holds up whoever waits for the gateway's router meanwhile. */
const PAGE_ROWS = 500;

const { compare } = new Intl.Collator("en", { numeric: true });
const text = (name) => (left, right) => (left[name] === right[name] ? 0 : compare(left[name], right[name]));
const number = (name) => (left, right) => left[name] - right[name];
const moment = (name) => (left, right) => (left[name] < right[name] ? -1 : Number(left[name] > right[name]));

/** What each column sorts by, and which way a first press turns it; who joined first was connected longest. */
export const COLUMNS = {
  session: { field: "session", compare: number("session"), isDescendingFirst: false },
  user: { field: "user_id", compare: text("user_id"), isDescendingFirst: false },
  role: { field: "role", compare: text("role"), isDescendingFirst: false },
  address: { field: "address", compare: text("address"), isDescendingFirst: false },
  connected: { field: "since", compare: (left, right) => moment("since")(right, left), isDescendingFirst: true },
  subscriptions: { field: "subscriptions", compare: number("subscriptions"), isDescendingFirst: true },
  lag: { field: "lag_ms", compare: number("lag_ms"), isDescendingFirst: true },
  waiting: { field: "waiting", compare: number("waiting"), isDescendingFirst: true },
  conflated: { field: "conflated", compare: number("conflated"), isDescendingFirst: true },
  dropped: { field: "dropped", compare: number("dropped"), isDescendingFirst: true },
  messages: { field: "sent_messages_per_s", compare: number("sent_messages_per_s"), isDescendingFirst: true },
  bytes: { field: "sent_bytes_per_s", compare: number("sent_bytes_per_s"), isDescendingFirst: true },
};

/** Those who wait longest come first, until a reader says otherwise. */
export const FIRST_SORTING = { key: "lag", isDescending: true };

/**
 * All sessions for which all holds that is said, a page after the other.
 *
 * @param {Call} call
 * @param {{user_id?: string, address?: string}} [filter]
 * @param {(soFar: Session[]) => void} [onPage]
 * @returns {Promise<Session[]>}
 */
export async function readSessions(call, filter = {}, onPage = () => {}) {
  const sessions = [];
  let after = null;
  do {
    const page = await call(LIST, { ...filter, limit: PAGE_ROWS, after });
    sessions.push(...page.sessions);
    after = page.next;
    onPage(sessions);
  } while (after !== null);
  return sessions;
}

/**
 * The sessions that match, sorted; equal ones as they joined. One that does not know the value comes last, either way.
 *
 * @param {Session[]} sessions As they joined.
 * @param {{search: string, role: string, sorting: Sorting}} view A search is for users, addresses and sessions.
 */
export function listSessions(sessions, { search, role, sorting }) {
  const wanted = search.trim().toLowerCase();
  const found = sessions.filter((one) => (role === "" || one.role === role) && isNamed(one, wanted));
  return found.sort(bySorting(COLUMNS, sorting));
}

function isNamed({ user_id: user, address, session }, wanted) {
  return (
    wanted === "" || user.toLowerCase().includes(wanted) || address?.includes(wanted) || String(session).startsWith(wanted)
  );
}

/** How many sessions are shown, of how many there are. */
export function countText(shown, known) {
  const all = `${known.toLocaleString("en")} ${known === 1 ? "session" : "sessions"}`;
  return shown === known ? all : `${shown.toLocaleString("en")} of ${all}`;
}

/** How late a session is, as a chip is coloured: what waits a second or more is worth a look. */
export function lagTone(lagMs) {
  return lagMs >= 5_000 ? "bad" : lagMs >= 1_000 ? "warn" : "";
}
