/** Lines over time in the document, drawn by uPlot in the colours of the page. */

import { setText } from "./dom.js";
import { colour, onSchemeChange } from "./scheme-view.js";
import { axisRange, clockTexts, rangeText } from "./time-lines.js";

/** @typedef {import("./time-lines.js").TimeLines} TimeLines */

/**
 * One line; lines that share a chart differ by `dash`, too, since colour alone says nothing.
 *
 * @typedef {object} Line
 * @property {string} name
 * @property {string} colour A variable of the style sheet, such as `--accent`.
 * @property {number[]} [dash]
 * @property {string} [wash] A variable with the colour below the line.
 * @property {boolean} [isStepped] Whether a value holds until the next one, as of what moves in steps.
 */

const AXIS_FONT = "12px system-ui, sans-serif";
const FIGURE_PX = 7;
const SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400];

/** A chart that fills its element, whatever width that has, and says in words what it shows. */
export class TimeLinesView {
  #chart = null;
  #drawn = -1;

  /**
   * @param {HTMLElement} root An empty block.
   * @param {TimeLines} lines
   * @param {object} options
   * @param {Line[]} options.series
   * @param {(value: number) => string} options.format
   * @param {number} [options.height] In pixels.
   * @param {boolean} [options.isFromZero] Whether the axis begins at zero.
   */
  constructor(root, lines, { series, format, height = 200, isFromZero = false }) {
    Object.assign(this, { root, lines, series, format, height, isFromZero });
    root.classList.add("time-lines");
    this.plot = root.appendChild(document.createElement("div"));
    this.plot.setAttribute("role", "img");
    this.legend = root.appendChild(document.createElement("ul"));
    this.values = series.map((line) => this.#addToLegend(line));
    new ResizeObserver(() => this.#fit()).observe(root);
    onSchemeChange(() => this.#chart?.redraw());
  }

  /** Draw, where there is something new. */
  render() {
    if (this.#drawn === this.lines.changes || this.plot.clientWidth === 0) {
      return;
    }
    this.#drawn = this.lines.changes;
    this.#chart ??= new globalThis.uPlot(this.#options(), this.lines.columns, this.plot);
    this.#chart.setData(this.lines.columns);
    this.#describe();
  }

  #fit() {
    if (this.plot.clientWidth > 0) {
      this.#chart?.setSize({ width: this.plot.clientWidth, height: this.height });
      this.render();
    }
  }

  #describe() {
    const texts = this.series.map(({ name }, line) => rangeText(name, this.lines.rangeOf(line), this.format));
    this.plot.ariaLabel = texts.join(" ");
    this.#tellValues(null);
  }

  /** The values under the pointer, or the last ones. */
  #tellValues(place) {
    const [times, ...columns] = this.lines.columns;
    columns.forEach((column, line) => {
      const value = column[place ?? times.length - 1] ?? null;
      setText(this.values[line], value === null ? "–" : this.format(value));
    });
  }

  #addToLegend({ name, colour: variable, dash }) {
    const entry = this.legend.appendChild(document.createElement("li"));
    const sample = entry.appendChild(document.createElement("span"));
    sample.className = dash ? "sample dashed" : "sample";
    sample.style.borderColor = `var(${variable})`;
    entry.append(`${name} `);
    return entry.appendChild(document.createElement("strong"));
  }

  #options() {
    return {
      width: this.plot.clientWidth,
      height: this.height,
      padding: [10, 24, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false } },
      scales: { y: { range: (_, low, high) => axisRange(low ?? 0, high ?? 0, this.isFromZero) } },
      series: [{}, ...this.series.map((line) => this.#seriesOf(line))],
      axes: [this.#axis((_, splits) => clockTexts(splits), { size: 28, space: 60, incrs: SECONDS }), this.#valueAxis()],
      hooks: { setCursor: [({ cursor }) => this.#tellValues(cursor.idx)] },
    };
  }

  #seriesOf({ name, colour: variable, dash, wash, isStepped }) {
    return {
      label: name,
      stroke: () => colour(variable),
      fill: wash && (() => colour(wash)),
      width: 2,
      dash,
      paths: isStepped ? globalThis.uPlot.paths.stepped({ align: 1 }) : undefined,
      points: { show: ({ data: [times] }) => times.length === 1 },
    };
  }

  #valueAxis() {
    const size = (_, texts) => Math.max(40, ...(texts ?? []).map((text) => text.length * FIGURE_PX + 10));
    return this.#axis((_, splits) => splits.map((value) => this.format(value)), { size });
  }

  #axis(values, more) {
    const line = { stroke: () => colour("--line"), width: 1 };
    return { font: AXIS_FONT, stroke: () => colour("--muted"), grid: line, ticks: { show: false }, values, ...more };
  }
}
