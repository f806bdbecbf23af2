/** The half of the account page that shows what one has. */

import { AlertsView } from "./alerts-view.js";
import { BotsView } from "./bots-view.js";
import { DeadManView } from "./dead-man-view.js";
import { EquityView } from "./equity-view.js";
import { FiguresView } from "./figures-view.js";
import { FillsView } from "./fills-view.js";
import { InstrumentNames } from "./instrument-names-view.js";
import { PositionsView } from "./positions-view.js";
import { WalletView } from "./wallet-view.js";

/**
 * Add its panels to a page.
 *
 * @param {import("../kit/page-view.js").Page} page
 * @returns {InstrumentNames} What its panels, and others, call instruments by.
 */
export function addHoldings(page) {
  const names = page.add(new InstrumentNames(page));
  const panels = [FiguresView, AlertsView, EquityView, PositionsView, FillsView, WalletView, BotsView, DeadManView];
  panels.forEach((Panel) => page.add(new Panel(page, names)));
  return names;
}
