/** What an account is worth and may do, in the document: one line of figures, and its limits. */

import { amountText, exactText, gainDirection, gainText } from "../kit/amounts.js";
import { askUntilAnswered } from "../kit/asking.js";
import { byId, setText } from "../kit/dom.js";
import { Figures, marginTold, missingText, tradingTold } from "./figures.js";
import { limitRows } from "./limits.js";
import { Listing } from "./listing-view.js";

const TOPICS = ["portfolio", "margin", "risk"];
const ANSWERS = {
  portfolio: "tapecast.account.get_portfolio",
  margin: "tapecast.account.get_margin",
  risk: "tapecast.risk.get_limits",
};

/** The panels `#figures` and `#limits`. */
export class FiguresView {
  #figures = new Figures();
  #client = null;
  #limits = new Listing("limits", "limit", ({ limit }) => limit, writeLimit);

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.parts = Object.fromEntries([...byId("figures").querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
  }

  identify({ user }, client) {
    this.#figures.forget();
    this.#client = client;
    for (const name of TOPICS) {
      client.subscribe(`tapecast.user.${user}.${name}`, ({ payload }) => {
        this.#figures.apply(name, payload);
        this.page.askForFrame();
      });
      this.#ask(name, client);
    }
  }

  render() {
    const { portfolio, margin, risk } = this.#figures;
    setText(this.parts.currency, portfolio?.currency ?? "");
    setText(this.parts.missing, missingText(portfolio, margin, risk));
    this.#writeAmount("equity", amountText(portfolio?.equity), portfolio?.equity);
    this.#writeAmount("balance", amountText(portfolio?.balance), portfolio?.balance);
    this.#writeGain("unrealised", portfolio?.unrealised_pnl);
    this.#writeGain("realised", portfolio?.realised_pnl_today);
    const told = marginTold(margin, risk);
    this.#writeTold("margin", told);
    setText(this.parts["margin-formula"], told.formula ?? "");
    this.#writeTold("trading", tradingTold(risk));
    this.#limits.render(limitRows(risk), risk !== null);
  }

  /** What has not been told yet: an account on paper begins with the first who asks. */
  async #ask(name, client) {
    this.#figures.fillIn(name, await askUntilAnswered(client, ANSWERS[name], {}, () => this.#client === client && this.page.client === client));
    this.page.askForFrame();
  }

  #writeAmount(name, text, exact) {
    setText(this.parts[name], text);
    this.parts[name].title = exactText(exact);
  }

  #writeGain(name, value) {
    this.#writeAmount(name, gainText(value), value);
    this.parts[name].dataset.direction = gainDirection(value);
  }

  #writeTold(name, { text, tone, detail }) {
    setText(this.parts[name], text);
    this.parts[name].dataset.tone = tone;
    setText(this.parts[`${name}-detail`], detail);
  }
}

function writeLimit(parts, { name, text, share, tone }) {
  parts.write("name", name);
  parts.write("text", text);
  parts.mark("use", "tone", share === null ? "none" : tone);
  if (parts.isNew("share", share)) {
    parts.get("bar").style.width = `${(share ?? 0) * 100}%`;
  }
}
