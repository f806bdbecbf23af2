/** Candles and volume on a canvas, drawn by lightweight-charts in the colours of the page. */

import { colour, onSchemeChange } from "../kit/scheme-view.js";
import { groupedDecimal, placesOf } from "../kit/decimals.js";
import { candlePoint, marksOf, momentText, volumePoint } from "./candle-words.js";

/** @typedef {import("./candles.js").TimedBar} TimedBar */
/** @typedef {import("./listing.js").Instrument} Instrument */

const BAR_PX = 7;
const RIGHT_BARS = 4;
const OLDEST_IN_SIGHT = 30;
const VOLUME_MARGINS = { top: 0.82, bottom: 0 };
const PRICE_MARGINS = { top: 0.08, bottom: 0.24 };

/** A chart that fills its element. It keeps no bars: those are the series' own. */
export class CandleChart {
  #bars = [];
  #newestMs = -Infinity;
  #marks = "[]";

  /**
   * @param {HTMLElement} root
   * @param {{onPoint: (openMs: number | null) => void, onOldest: () => void}} listeners The bar under the pointer; the
   *   oldest bars are in sight.
   */
  constructor(root, { onPoint, onOldest }) {
    const charts = globalThis.LightweightCharts;
    // Its logo brings a style sheet that the security policy refuses; the page names it in words.
    const layout = { attributionLogo: false, fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
    this.chart = charts.createChart(root, { autoSize: true, layout, handleScroll: { vertTouchDrag: false } });
    this.candles = this.chart.addSeries(charts.CandlestickSeries);
    this.volume = this.chart.addSeries(charts.HistogramSeries, {
      priceScaleId: "volume",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.volume.priceScale().applyOptions({ scaleMargins: VOLUME_MARGINS });
    this.candles.priceScale().applyOptions({ scaleMargins: PRICE_MARGINS });
    // Points of a line that is not drawn: the library's own markers fail on bars that have just gone.
    this.marks = this.chart.addSeries(charts.LineSeries, {
      lineVisible: false,
      pointMarkersVisible: true,
      pointMarkersRadius: 3,
      crosshairMarkerVisible: false,
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.chart.subscribeCrosshairMove(({ time }) => onPoint(time === undefined ? null : time * 1000));
    this.chart.timeScale().subscribeVisibleLogicalRangeChange((range) => {
      if (range && range.from < OLDEST_IN_SIGHT) {
        onOldest();
      }
    });
    onSchemeChange(() => this.#paint());
    this.#paint();
  }

  /**
   * Begin anew with another instrument or interval.
   *
   * @param {Instrument | undefined} rules
   * @param {string} interval
   */
  begin(rules, interval) {
    const tick = rules?.tick_size ?? "0.01";
    const places = placesOf(tick);
    const formatter = (price) => groupedDecimal(price.toFixed(places), places);
    this.candles.applyOptions({ priceFormat: { type: "custom", minMove: Number(tick), formatter } });
    this.chart.applyOptions({
      localization: { locale: "en-GB", timeFormatter: (time) => momentText(time * 1000, interval) },
      timeScale: { timeVisible: interval !== "1d", secondsVisible: interval === "1s", minBarSpacing: 0.5 },
    });
    this.draw({ isWhole: true, bars: [] }, []);
    this.chart.timeScale().applyOptions({ barSpacing: BAR_PX, rightOffset: RIGHT_BARS });
    this.chart.timeScale().scrollToPosition(RIGHT_BARS, false);
    this.candles.priceScale().applyOptions({ autoScale: true });
  }

  /**
   * Draw what is new.
   *
   * @param {{isWhole: boolean, bars: TimedBar[]}} news
   * @param {TimedBar[]} bars All there are.
   */
  draw(news, bars) {
    this.#bars = bars;
    if (news.isWhole) {
      this.candles.setData(bars.map((bar) => candlePoint(bar, this.theme)));
      this.volume.setData(bars.map((bar) => volumePoint(bar, this.theme)));
      this.#newestMs = bars.at(-1)?.openMs ?? -Infinity;
    } else {
      news.bars.forEach((bar) => this.#update(bar));
    }
    this.#mark();
  }

  /** Lay the crosshair on a bar, and bring it into sight; on none for null. */
  point(bar) {
    if (bar === null) {
      this.chart.clearCrosshairPosition();
      return;
    }
    const scale = this.chart.timeScale();
    const place = this.#bars.indexOf(bar);
    const { from, to } = scale.getVisibleLogicalRange();
    const shift = Math.min(0, place - 2 - from) || Math.max(0, place + 2 - to);
    if (shift !== 0) {
      scale.setVisibleLogicalRange({ from: from + shift, to: to + shift });
    }
    this.chart.setCrosshairPosition(Number(bar.close), bar.openMs / 1000, this.candles);
  }

  /** Show so many times as many bars. */
  zoom(factor) {
    const scale = this.chart.timeScale();
    scale.applyOptions({ barSpacing: scale.options().barSpacing / factor });
  }

  #update(bar) {
    const isOld = bar.openMs < this.#newestMs;
    this.candles.update(candlePoint(bar, this.theme), isOld);
    this.volume.update(volumePoint(bar, this.theme), isOld);
    this.#newestMs = Math.max(this.#newestMs, bar.openMs);
  }

  #mark() {
    const marks = marksOf(this.#bars);
    const told = JSON.stringify(marks);
    if (told !== this.#marks) {
      this.#marks = told;
      this.marks.setData(marks);
    }
  }

  #paint() {
    const names = { ground: "--panel", up: "--up", down: "--down", flat: "--muted", warn: "--warn" };
    const washes = { upWash: "--chart-up-wash", downWash: "--chart-down-wash" };
    const all = Object.entries({ ...names, ...washes }).map(([name, variable]) => [name, colour(variable)]);
    this.theme = Object.fromEntries(all);
    const line = { color: colour("--line") };
    const label = { color: colour("--muted"), labelBackgroundColor: colour("--chart-label") };
    this.chart.applyOptions({
      layout: { background: { color: this.theme.ground }, textColor: colour("--muted") },
      grid: { vertLines: line, horzLines: line },
      crosshair: { mode: globalThis.LightweightCharts.CrosshairMode.Normal, vertLine: label, horzLine: label },
      rightPriceScale: { borderColor: line.color },
      timeScale: { borderColor: line.color },
    });
    this.marks.applyOptions({ color: this.theme.warn });
    this.candles.applyOptions({ upColor: this.theme.up, downColor: this.theme.down, priceLineColor: colour("--muted") });
    this.draw({ isWhole: true, bars: this.#bars }, this.#bars);
  }
}
