/** The figures of the node in the document: a chart each, its numbers beside it, and what they are made of below. */

import { Parts, byId, element, setText } from "../kit/dom.js";
import { clockText } from "../kit/moments.js";
import { TimeLinesView } from "../kit/time-lines-view.js";
import { Sight } from "../kit/sight-view.js";
import { TABLES } from "./figure-tables.js";
import { countText, memoryText, msText, percentText, rateText, spanText } from "./figure-words.js";
import { ALL, Figures } from "./figures.js";

const TOPIC = "tapecast.admin.stats";
const HEIGHT_PX = 150;
const LOOKS = [
  { colour: "--accent" },
  { colour: "--up", dash: [8, 4] },
  { colour: "--warn", dash: [3, 3] },
  { colour: "--muted", dash: [12, 3, 2, 3] },
];

const CHARTS = [
  {
    key: "connections",
    title: "Connections and sessions",
    about: "Open connections, and who is joined over them.",
    lines: ["connections", "public", "traders", "other roles"],
    format: countText,
  },
  {
    key: "messages",
    title: "Messages a second",
    about: "Events delivered to clients, what else was sent, and what was received.",
    lines: ["events sent", "other sent", "received"],
    format: rateText,
  },
  {
    key: "lag",
    title: "Delivery lag",
    about: "From an event’s arrival in the router to a receiver’s socket, in the last five seconds.",
    lines: ["p50", "p95", "p99"],
    format: msText,
  },
  {
    key: "thinned",
    title: "Thinned a second",
    about: "Events that slow or paced clients did not get one by one. Lossless topics are never thinned.",
    lines: ["conflated", "merged", "dropped"],
    format: rateText,
  },
  {
    key: "waiting",
    title: "Waiting by lane",
    about: "Messages that clients have not taken yet.",
    lines: ["control", "lossless", "gapped", "conflated"],
    format: countText,
  },
  {
    key: "refused",
    title: "Refused a second",
    about: "Requests that were one too many, and joins that were not let in.",
    lines: ["requests", "joins"],
    format: rateText,
  },
  {
    key: "ended",
    title: "Connections ended a second",
    about: "Closed by the client, lost on the way, or closed by the gateway.",
    lines: ["client", "lost", "gateway"],
    format: rateText,
  },
  {
    key: "cpu",
    title: "Processor by process",
    about: "The share of one core in the last second.",
    lines: ["router", "market", "trading"],
    format: percentText,
  },
  {
    key: "memory",
    title: "Memory by process",
    about: "What is resident.",
    lines: ["router", "market", "trading"],
    format: memoryText,
  },
];

/** The panel `#figures`. */
export class FiguresPanel {
  #figures = new Figures();
  #isLive = false;
  #since = null;

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.since = byId("figures-since");
    this.cards = CHARTS.map((chart) => new FigureCard(chart, this.#figures));
    byId("figures-cards").append(...this.cards.map(({ root }) => root));
    this.families = this.cards.find(({ chart }) => chart.key === "lag").addFamilies(this.#figures.lag);
  }

  attach(client) {
    // The snapshot is as old as the last time that somebody listened, so that only what comes from now on counts.
    client.subscribe(TOPIC, { onEvent: (envelope) => this.#apply(envelope) });
  }

  applyState({ phase }) {
    if (this.#isLive && phase !== "live") {
      this.#figures.interrupt();
    }
    this.#isLive = phase === "live";
  }

  render() {
    this.cards.forEach((card) => card.render());
  }

  #apply(envelope) {
    this.#figures.apply(envelope);
    this.#since ??= clockText(envelope.ts);
    const { uptime_s: uptimeS, versions } = this.#figures.latest;
    const kept = `Charts begin at ${this.#since} UTC, when this page was opened, and keep 15 minutes.`;
    setText(this.since, `${kept} Totals count since the router began, ${spanText(uptimeS)} ago. Tapecast ${versions.tapecast}.`);
    this.families.render(envelope.payload.delivery);
    this.page.askForFrame();
  }
}

/** One chart with its table. */
class FigureCard {
  #drawn = null;

  constructor(chart, figures) {
    Object.assign(this, { chart, figures });
    this.parts = new Parts(byId("figure"));
    this.root = this.parts.element;
    this.root.dataset.key = chart.key;
    this.parts.write("title", chart.title);
    this.parts.write("about", chart.about);
    const lines = chart.key === "lag" ? figures.lag : figures.lines[chart.key];
    const series = chart.lines.map((name, place) => ({ name, ...LOOKS[place] }));
    const options = { series, format: chart.format, height: HEIGHT_PX, isFromZero: true };
    this.view = new TimeLinesView(this.parts.get("chart"), lines, options);
    this.table = new TableView(this.parts.get("table"), chart.title);
    this.sight = new Sight(this.root);
    this.parts.get("details").addEventListener("toggle", () => this.#renderTable());
  }

  /** Let the reader choose whose lag is drawn. */
  addFamilies(lag) {
    return new FamilyChoice(this.parts.get("choice"), lag);
  }

  render() {
    if (this.sight.isSeen && this.#drawn !== this.figures.latest) {
      this.#drawn = this.figures.latest;
      this.#renderTable();
    }
    if (this.sight.isSeen) {
      this.view.render();
    }
  }

  #renderTable() {
    if (this.parts.get("details").open && this.figures.latest) {
      this.table.render(TABLES[this.chart.key](this.figures.latest));
    }
  }
}

/** Which topic family's lag is drawn; a family is offered once it was delivered. */
class FamilyChoice {
  constructor(root, lag) {
    const label = element("label", { className: "unseen", htmlFor: "lag-family" }, "Topics whose lag is drawn");
    this.select = element("select", { id: "lag-family" }, element("option", { value: ALL }, "all topics"));
    this.select.addEventListener("change", () => lag.choose(this.select.value));
    root.append(label, this.select);
    this.offered = new Set();
  }

  render({ families }) {
    for (const family of Object.keys(families)) {
      if (!this.offered.has(family)) {
        this.offered.add(family);
        this.select.append(element("option", { value: family }, family));
      }
    }
  }
}

/** A table whose columns are the chart's; rows are grown and cut as they come. */
class TableView {
  #columns = "";

  constructor(table, caption) {
    this.head = table.tHead.rows[0];
    this.body = table.tBodies[0];
    table.caption.textContent = `${caption}, in numbers`;
    table.closest("[role=region]").ariaLabel = `${caption}, in numbers`;
  }

  render({ columns, rows }) {
    if (this.#columns !== columns.join()) {
      this.#columns = columns.join();
      this.head.replaceChildren(...columns.map((name, place) => cell("th", name, place)));
      this.head.querySelectorAll("th").forEach((header) => (header.scope = "col"));
    }
    while (this.body.rows.length > rows.length) {
      this.body.lastElementChild.remove();
    }
    rows.forEach((texts, place) => this.#write(this.body.rows[place] ?? this.#addRow(texts), texts));
  }

  #addRow(texts) {
    const row = element("tr", {}, ...texts.map((text, place) => cell(place === 0 ? "th" : "td", text, place)));
    row.firstElementChild.scope = "row";
    return this.body.appendChild(row);
  }

  #write(row, texts) {
    texts.forEach((text, place) => setText(row.cells[place], text));
  }
}

function cell(tag, text, place) {
  return element(tag, { className: place === 0 ? "" : "number" }, text);
}
