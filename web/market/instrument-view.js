/** The heading of the chosen instrument: its price, where that comes from, and how good it is. */

import { byId, setText } from "../kit/dom.js";
import { ARROWS, DIRECTIONS, UNKNOWN, changeDirection, changeText, pairOf, priceText, volumeText } from "../kit/words.js";
import { Following, venueKey } from "./following.js";
import { placeText, originText, statusOf, statusWords } from "./instrument-words.js";
import { sourceAgeMs } from "./prices.js";

/** @typedef {import("../kit/page-view.js").Panel} Panel */
/** @typedef {import("./choice.js").Choice} Choice */
/** @typedef {import("./prices.js").PriceRow} PriceRow */

/** @implements {Panel} */
export class InstrumentPanel {
  #status = null;
  #ticker = null;
  #venues = "";

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {Choice} choice
   * @param {(instrument: string) => PriceRow | undefined} priceOf
   */
  constructor(page, choice, priceOf) {
    Object.assign(this, { page, choice, priceOf, venue: byId("venue") });
    this.parts = {};
    byId("instrument").querySelectorAll("[data-part]").forEach((part) => (this.parts[part.dataset.part] = part));
    const keyOf = ({ rules, instrument }) => (rules ? instrument : null);
    this.statusFollowing = new Following(choice, keyOf, (...to) => this.#followStatus(...to), () => (this.#status = null));
    this.tickerFollowing = new Following(choice, venueKey, (...to) => this.#followTicker(...to), () => (this.#ticker = null));
    this.venue.addEventListener("change", () => choice.chooseVenue(this.venue.value));
    choice.listen(() => page.askForFrame());
  }

  attach(client) {
    this.statusFollowing.attach(client);
    this.tickerFollowing.attach(client);
  }

  render(nowMs, { phase }) {
    const { instrument, rules } = this.choice;
    const row = this.priceOf(instrument);
    const [base, quote] = pairOf(instrument ?? UNKNOWN, rules);
    if (row) {
      this.choice.prefer(row.source);
    }
    this.#write({ base, quote: quote && `/ ${quote}`, place: placeText(this.choice, row?.source ?? null) });
    this.#renderPrice(row, rules);
    // What another venue says of itself is nothing of this price.
    const ticker = row?.source === this.choice.venue ? this.#ticker : null;
    this.#renderDay(row, ticker, rules);
    this.#renderQuality(row, ticker, nowMs, phase === "live");
    this.#renderStatus();
    this.#renderVenues();
  }

  #followStatus(client, { instrument }) {
    const tell = (envelope) => {
      this.#status = statusOf(envelope);
      this.page.askForFrameInTime();
    };
    return [client.subscribe(`tapecast.status.${instrument}`, { onSnapshot: tell, onEvent: tell, onError: ignore })];
  }

  #followTicker(client, { venue, instrument }) {
    const tell = (envelope) => {
      this.#ticker = envelope;
      this.page.askForFrameInTime();
    };
    return [client.subscribe(`tapecast.ticker.${venue}.${instrument}`, { onSnapshot: tell, onEvent: tell, onError: ignore })];
  }

  #write(texts) {
    Object.entries(texts).forEach(([part, text]) => setText(this.parts[part], text));
  }

  #renderPrice(row, rules) {
    const direction = row?.direction ?? "flat";
    const changePercent = row?.changePercent ?? null;
    this.#write({
      arrow: ARROWS[direction],
      price: priceText(row?.price ?? null, rules),
      direction: row ? DIRECTIONS[direction] : "",
      change: changeText(changePercent),
    });
    this.parts.last.dataset.direction = direction;
    this.parts.change.dataset.direction = changeDirection(changePercent);
  }

  #renderDay(row, ticker, rules) {
    const [base, quote] = pairOf("", rules);
    const turnover = ticker?.payload.quote_volume ?? null;
    this.#write({
      high: priceText(row?.high ?? null, rules),
      low: priceText(row?.low ?? null, rules),
      volume: withUnit(row?.volume ?? null, base),
      turnover: withUnit(turnover, quote),
      bid: priceText(row?.bid ?? null, rules),
      ask: priceText(row?.ask ?? null, rules),
    });
  }

  #renderQuality(row, ticker, nowMs, isLive) {
    const lagMs = ticker?.meta?.lag_ms ?? null;
    const quality = isLive ? (row?.quality ?? UNKNOWN) : "not live";
    this.#write({ quality, origin: row ? originText(row, { ageMs: sourceAgeMs(row, nowMs), lagMs, isLive }) : "no price yet" });
    this.parts.quality.dataset.quality = quality;
    this.parts.quality.hidden = quality === "live";
  }

  #renderStatus() {
    const { trading, note, tone } = statusWords(this.#status);
    this.#write({ trading: trading?.words ?? "", note });
    this.parts.trading.hidden = trading === null;
    this.parts.trading.dataset.tone = trading?.tone ?? "";
    this.parts.note.dataset.tone = tone;
  }

  #renderVenues() {
    const { venues, venue } = this.choice;
    const offered = venues.join();
    if (offered !== this.#venues) {
      this.#venues = offered;
      this.venue.replaceChildren(...venues.map((name) => new Option(name)));
    }
    byId("venues").hidden = venues.length < 2;
    if (this.venue.value !== venue) {
      this.venue.value = venue;
    }
  }
}

function withUnit(volume, unit) {
  return volume === null || !unit ? volumeText(volume) : `${volumeText(volume)} ${unit}`;
}

/** An instrument that is gone is told of by the list of instruments. */
function ignore() {}
