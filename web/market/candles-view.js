/** The chosen instrument's candles: what is known of them, drawn and in figures. */

import { byId, setText } from "../kit/dom.js";
import { steppedBar } from "./candle-steps.js";
import { figuresOf, sentenceOf } from "./candle-words.js";
import { CandleSeries } from "./candles.js";
import { CandleChart } from "./chart-view.js";
import { Following, venueKey } from "./following.js";
import { nothingText } from "./instrument-words.js";

/** @typedef {import("../kit/page-view.js").Panel} Panel */
/** @typedef {import("./choice.js").Choice} Choice */

const ZOOMS = { "+": 1 / 1.3, "=": 1 / 1.3, "-": 1.3 };

/** @implements {Panel} */
export class CandlesPanel {
  #series = new CandleSeries("1m");
  #client = null;
  #pointedMs = null;
  #shown = null;

  /**
   * @param {import("../kit/page-view.js").Page} page
   * @param {Choice} choice
   */
  constructor(page, choice) {
    Object.assign(this, { page, choice, box: byId("chart-box") });
    this.figures = [...byId("chart-legend").querySelectorAll("[data-figure]")];
    this.chart = new CandleChart(byId("candles"), {
      onPoint: (openMs) => this.#point(openMs),
      onOldest: () => this.#series.wantOlder(),
    });
    const keyOf = (chosen) => venueKey(chosen) && `${chosen.interval}.${venueKey(chosen)}`;
    this.following = new Following(choice, keyOf, (...to) => this.#follow(...to), () => this.#forget());
    byId("intervals").addEventListener("click", ({ target }) => this.#chooseInterval(target.dataset.interval));
    this.box.addEventListener("keydown", (event) => this.#press(event));
    choice.listen(() => this.#renderIntervals());
  }

  attach(client) {
    this.#client = client;
    this.following.attach(client);
  }

  applyState({ phase }) {
    if (phase === "live") {
      this.#series.begin(performance.now());
    }
  }

  render(nowMs, { phase }) {
    const request = phase === "live" && this.choice.venue !== null && this.#series.nextRequest(nowMs);
    if (request) {
      this.#ask(this.#series, request);
    }
    const news = this.#series.takeNews();
    if (news) {
      this.chart.draw(news, this.#series.bars);
    }
    this.#renderFigures();
    const { bars, isLoading, refusal } = this.#series;
    const text = nothingText("candles", this.choice, { isEmpty: bars.length === 0, isLoading, refusal });
    setText(byId("chart-nothing"), text);
    byId("chart-nothing").hidden = text === "";
  }

  #follow(client, { venue, interval, instrument }) {
    const series = this.#series;
    const tell = (envelope) => {
      series.applyEvent(envelope, performance.now());
      this.page.askForFrameInTime();
    };
    const onError = (error) => Object.assign(series, { refusal: error });
    const handlers = { onSnapshot: tell, onEvent: tell, onError };
    return [client.subscribe(`tapecast.candles.${venue}.${interval}.${instrument}`, handlers)];
  }

  #forget() {
    this.#series = new CandleSeries(this.choice.interval);
    this.#pointedMs = null;
    this.chart.begin(this.choice.rules, this.choice.interval);
    this.page.askForFrame();
  }

  async #ask(series, request) {
    const { venue, instrument, interval } = this.choice;
    try {
      const fields = { venue, instrument, interval, ...request };
      const answer = await this.#client.call("tapecast.market.get_candles", fields);
      series.applyAnswer(request, answer, performance.now());
    } catch (error) {
      series.fail(request, error, performance.now());
    }
    this.page.askForFrame();
  }

  #chooseInterval(interval) {
    if (interval) {
      this.choice.chooseInterval(interval);
    }
  }

  #point(openMs) {
    this.#pointedMs = openMs;
    this.page.askForFrame();
  }

  /** What is pressed is read out; what the pointer passes is not. */
  #press(event) {
    const bar = steppedBar(this.#series.bars, this.#pointedMs, event.key);
    if (bar) {
      this.chart.point(bar);
      this.#point(bar.openMs);
      setText(byId("chart-spoken"), sentenceOf(bar, this.choice.interval, this.choice.rules));
    } else if (event.key === "Escape") {
      this.chart.point(null);
      this.#point(null);
    } else if (event.key in ZOOMS && !event.ctrlKey && !event.metaKey) {
      this.chart.zoom(ZOOMS[event.key]);
    } else {
      return;
    }
    event.preventDefault();
  }

  #renderFigures() {
    const { bars } = this.#series;
    const bar = bars.find(({ openMs }) => openMs === this.#pointedMs) ?? bars.at(-1);
    byId("chart-legend").hidden = bar === undefined;
    if (bar && bar !== this.#shown) {
      const { interval, rules } = this.choice;
      const figures = figuresOf(bar, interval, rules);
      this.figures.forEach((part) => setText(part, figures[part.dataset.figure]));
      byId("chart-change").dataset.direction = figures.direction;
      setText(byId("chart-summary"), sentenceOf(bars.at(-1), interval, rules));
    }
    this.#shown = bar;
  }

  #renderIntervals() {
    for (const button of byId("intervals").children) {
      button.ariaPressed = String(button.dataset.interval === this.choice.interval);
    }
  }
}
