/** The connection to the gateway: it opens sockets and sessions as the link decides, and opens them again. */

import { explainClose, explainRefusal, explainSilence } from "./closes.js";

const REALM = "tapecast";

/**
 * One WAMP session at a time, anonymous, opened again whenever it is lost.
 *
 * Wampy's own reconnecting is off: it keeps no jitter and no cap, forgets why a socket was closed, and waits for ever
 * on a network that went silent. So each attempt is a new client on a socket that is watched here.
 */
export class Connection {
  #attempt = null;

  /**
   * @param {object} parts
   * @param {string} parts.url
   * @param {import("./link.js").Link} parts.link
   * @param {new (url: string, options: object) => object} parts.Wampy
   * @param {typeof WebSocket} parts.WebSocket
   * @param {() => number} parts.now Monotonic milliseconds.
   * @param {() => boolean} parts.isOnline Whether the device has a network.
   * @param {(client: object, isCurrent: () => boolean) => Promise<void>} parts.subscribe Subscribes on a joined
   *     session; it is live once this is done.
   * @param {() => void} parts.onChange Called after the link has changed.
   */
  constructor({ url, link, Wampy, WebSocket, now, isOnline, subscribe, onChange }) {
    Object.assign(this, { url, link, Wampy, WebSocket, now, isOnline, subscribe, onChange });
  }

  /** Try to connect now, whatever the back-off says. */
  open() {
    this.link.open(this.now());
    this.#attempt = { socket: null, refusal: null, isJoined: false };
    this.#join(this.#attempt);
    this.onChange();
  }

  /** Do what is due; to be called a few times a second. */
  tick() {
    if (this.link.isDue(this.now())) {
      this.open();
    } else if (this.link.isSilent(this.now())) {
      const { socket } = this.#attempt;
      this.#lose(this.#attempt, explainSilence({ isOnline: this.isOnline() }));
      socket.close();
    }
  }

  async #join(attempt) {
    const client = new this.Wampy(this.url, {
      realm: REALM,
      autoReconnect: false,
      uriValidation: "loose", // strict refuses a `-`, which an instrument may have
      ws: this.#watched(attempt),
    });
    try {
      const welcome = await client.connect();
      attempt.isJoined = true;
      await this.subscribe(client, () => attempt === this.#attempt);
      if (attempt === this.#attempt) {
        this.link.join(welcome.authrole, this.now());
        this.onChange();
      }
    } catch (error) {
      // Without a URI it was the socket that failed, and its close event tells more.
      if (error.errorUri) {
        attempt.refusal = error;
        attempt.socket.close();
      }
    }
  }

  #watched(attempt) {
    const connection = this;
    return class extends this.WebSocket {
      constructor(url, protocols) {
        super(url, protocols);
        attempt.socket = this;
        this.addEventListener("message", () => connection.link.hear(connection.now()));
        this.addEventListener("close", (close) => connection.#closed(attempt, close));
      }
    };
  }

  #closed(attempt, close) {
    const { refusal, isJoined } = attempt;
    const circumstances = { wasOpen: isJoined, isOnline: this.isOnline() };
    this.#lose(attempt, refusal ? explainRefusal(refusal, close) : explainClose(close, circumstances));
  }

  #lose(attempt, ending) {
    if (attempt !== this.#attempt) {
      return;
    }
    this.#attempt = null;
    this.link.lose(ending, this.now(), Math.random());
    this.onChange();
  }
}
