/** A client of a Tapecast gateway. All times are in milliseconds on the clock of `performance.now()`. */

/** Connect, and stay connected. The same as `new Tapecast(options)`. */
export function connect(options: Options): Tapecast;

export interface Options {
  /** Where the gateway is, such as `wss://gateway.example/ws`. */
  url: string;
  /** The WAMP library: the class `Wampy` of wampy 8, or the object `autobahn` of autobahn-js 22 or later. */
  wamp: object;
  /**
   * The token, or where to get it. Without one, or where it gives null, the session is `public`.
   *
   * A function is asked before every attempt to connect, and before the token expires: `renew` is true where the last
   * token was refused or is about to expire, so that one that is kept is no use any more. With a plain string there is
   * no other token: the client ends when the gateway asks for one.
   */
  token?: string | null | ((want: { renew: boolean }) => string | null | Promise<string | null>);
}

export class Tapecast {
  constructor(options: Options);

  /** How the connection is. */
  readonly state: ConnectionState;

  /** Be told how the connection is, now and at every change. Returns what ends that. */
  onConnectionChange(listener: (state: ConnectionState) => void): () => void;

  /** Connect now, whatever the back-off or a close said; also after `close`. */
  open(): void;

  /** Disconnect, and stay so until `open`. Subscriptions are kept. */
  close(): void;

  /**
   * Call a procedure by its URI, with its arguments by name.
   *
   * Rejects with a TapecastError, with the code `unavailable` where there is no connection, or it is lost.
   */
  call<Result = unknown>(procedure: string, fields?: Record<string, unknown>): Promise<Result>;

  /**
   * Follow a topic, or every topic below a prefix: the whole state first, then every change, in order, without a gap
   * and without a repeat, over any number of connections. Returns what ends it.
   */
  subscribe<Payload = any>(
    topic: string,
    handlers: Handlers<Payload> | ((envelope: Envelope<Payload>, topic: string) => void),
    options?: { match?: "exact" | "prefix" },
  ): () => void;

  /** Follow the consolidated prices of these instruments. */
  subscribePrices(instruments: string[], onPrice: (price: Price) => void): void;

  /** Tell these prices no longer to this callback, or without one to nobody. */
  unsubscribePrices(instruments: string[], onPrice?: (price: Price) => void): void;

  /** Keep the order book of an instrument, and be told of every change. Returns what ends it. */
  subscribeBook(
    venue: string,
    instrument: string,
    onBook: (book: OrderBook, envelope: Envelope<BookLevels>) => void,
  ): () => void;
}

/** The state of a client; a new object at every change. */
export interface ConnectionState {
  /** `live` once the session is joined and every subscription stands; `ended` where nothing more is tried. */
  phase: "connecting" | "live" | "waiting" | "ended";
  /** The role that the gateway gave the last session, or its last token; null before the first. */
  role: string | null;
  /** Why the last connection or attempt ended, or null. */
  ending: Ending | null;
  /** Whether a connection or an attempt has ended before. */
  isReturning: boolean;
  /** How long nothing was heard before the connection was back, the last time; null where it never was lost. */
  awayMs: number | null;
  /** When the next attempt is due, while waiting. */
  retryMs: number | null;
  /** Whether `token` is a function. */
  canRenew: boolean;
}

export interface Ending {
  /**
   * The reason of the close, such as `tapecast.close.kicked`, may be empty; or `cut`, `unreachable`, `silent`,
   * `offline`, `refused` (with the gateway's `message`), `failed` (no token, or no usable URL), `closed` (by `close`).
   */
  reason: string;
  /** The close code, where the socket closed. */
  code?: number;
  message?: string;
  comeBack: "yes" | "later" | "with a new token" | "no";
  /** How long the gateway asked to wait, where it refused the session. */
  retryAfterMs?: number | null;
}

export interface Handlers<Payload = any> {
  /** The whole state of a topic: forget what was told before. `seq` 0 and an empty payload where there is none. */
  onSnapshot?: (envelope: Envelope<Payload>, topic: string) => void;
  /** The next event of a topic. */
  onEvent?: (envelope: Envelope<Payload>, topic: string) => void;
  /**
   * The subscription, or a topic's snapshot, was refused for good, perhaps after a while: a new token may be of a role
   * that does not read it. Without this it goes to the console.
   */
  onError?: (error: TapecastError, topic: string) => void;
}

export interface Envelope<Payload = any> {
  type: "snapshot" | "delta" | "alert" | "heartbeat";
  epoch: string;
  seq: number;
  /** The number of the first event in one that was merged from several. */
  first_seq?: number;
  ts: string;
  payload: Payload;
  meta?: Meta;
  correlation_id?: string;
}

export interface Meta {
  source?: string;
  quality?: "live" | "degraded" | "stale";
  event_ts?: string;
  lag_ms?: number;
  /** The age of a snapshot's state. */
  age_ms?: number;
}

/** A price's payload and the rest of its envelope in one; numbers are exact decimal strings, null where not known. */
export interface Price {
  instrument: string;
  price: string;
  bid: string | null;
  ask: string | null;
  change: string | null;
  change_percent: string | null;
  volume: string | null;
  high_24h: string | null;
  low_24h: string | null;
  type: Envelope["type"];
  epoch: string;
  seq: number;
  ts: string;
  meta?: Meta;
}

/** Price and size, exact decimal strings. */
export type Level = [price: string, size: string];

export interface BookLevels {
  bids?: Level[];
  asks?: Level[];
  depth?: BookRange | null;
}

/** Down to which bid and up to which ask every level is told; null where all are. */
export interface BookRange {
  bid: string | null;
  ask: string | null;
}

/** Price levels of one instrument, compared by value and not by text. */
export class OrderBook {
  /** Highest price first; not to be changed. */
  bids: Level[];
  /** Lowest price first; not to be changed. */
  asks: Level[];
  /** The range that can be trusted, as it was told last; null where it was not. */
  depth: BookRange | null;
  /** The best level of each side, null where there is none. */
  readonly best: { bid: Level | null; ask: Level | null };

  /** Forget everything and begin with these levels. */
  applySnapshot(levels: BookLevels): void;

  /** Change these levels: sizes are absolute, and one of zero removes its level. */
  applyDelta(levels: BookLevels): void;
}

/** The sign of `left - right`, of two decimal strings, exactly. */
export function compareDecimals(left: string, right: string): -1 | 0 | 1;

/** What the gateway refused, or what was lost with the connection. */
export class TapecastError extends Error {
  /** A code of the gateway's table of errors, such as `rate_limited`; the whole URI where it is none of those. */
  code: string;
  uri: string;
  /** Whether the very same call can succeed later. */
  retry: boolean;
  details: Record<string, unknown>;
}
