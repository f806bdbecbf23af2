/** Equity over time in the document, since the page was opened: the gateway tells of no time before. */

import { chartAmount, gainText } from "../kit/amounts.js";
import { difference } from "../kit/decimals.js";
import { byId, setText } from "../kit/dom.js";
import { momentText } from "../kit/moments.js";
import { TimeLinesView } from "../kit/time-lines-view.js";
import { TimeLines } from "../kit/time-lines.js";
import { changeText } from "../kit/words.js";

const SERIES = [
  { name: "Equity", colour: "--accent" },
  { name: "Balance", colour: "--muted", dash: [5, 4], isStepped: true },
];
const STILL_S = 5;
const FRESH_MS = 2_000;

const nowS = () => Date.now() / 1000;

/** The panel `#equity`. */
export class EquityView {
  #lines = new TimeLines(SERIES.length);
  #first = null;
  #last = null;
  #toldS = 0;

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.chart = new TimeLinesView(byId("equity-chart"), this.#lines, { series: SERIES, format: chartAmount });
  }

  identify({ user }, client) {
    this.#first = this.#last = null;
    this.#lines.clear();
    client.subscribe(`tapecast.user.${user}.portfolio`, (envelope) => this.#apply(envelope));
  }

  applyState({ phase }) {
    if (phase !== "live") {
      this.#lines.interrupt(nowS());
    }
  }

  render(_, { phase }) {
    const drawnS = this.#lines.span?.lastS ?? this.#toldS;
    // Nothing is told where nothing has changed: the lines go on as they are.
    if (phase === "live" && this.#last && nowS() - drawnS > STILL_S) {
      this.#draw(this.#last);
    }
    setText(byId("equity-since"), this.#sinceText());
    this.chart.render();
  }

  #apply({ payload, meta }) {
    const isKnown = payload.equity !== undefined && payload.equity !== null;
    this.#last = isKnown ? payload : null;
    this.#toldS = nowS();
    if (!isKnown) {
      this.#lines.interrupt(nowS());
    } else if ((meta?.age_ms ?? 0) < FRESH_MS) {
      // What is older may be about to change: it is drawn once it has not.
      this.#draw(payload);
    }
    this.page.askForFrame();
  }

  #draw({ equity, balance }) {
    this.#first ??= { equity, atMs: Date.now() };
    this.#lines.add(nowS(), [equity, balance].map((value) => (value === null ? null : Number(value))));
  }

  #sinceText() {
    if (!this.#first || !this.#last) {
      return "";
    }
    const gain = difference(this.#last.equity, this.#first.equity);
    const share = Number(this.#first.equity) === 0 ? "" : ` (${changeText(String((100 * Number(gain)) / Number(this.#first.equity)))})`;
    return `${gainText(gain)}${share} since ${momentText(this.#first.atMs, Date.now())} UTC, when this page was opened`;
  }
}
