/** The state of the connection in the document: a light, words, what happened, and when the next attempt comes. */

import { setText } from "./dom.js";
import { needsToken, newsText, secondsToRetry, stateWords } from "./endings.js";

/** @typedef {import("../../clients/js/tapecast.js").ConnectionState} ConnectionState */

/** The parts of the page that tell how the connection is. */
export class StatusView {
  /** @param {Document} page */
  constructor(page) {
    this.status = page.getElementById("status");
    this.state = page.getElementById("state");
    this.detail = page.getElementById("state-detail");
    this.news = page.getElementById("news");
    this.retry = page.getElementById("retry");
    this.root = page.documentElement;
    this.purpose = this.news.textContent;
  }

  /**
   * @param {ConnectionState} state
   * @param {{message: string} | null} refusal
   * @param {number} nowMs
   */
  render(state, refusal, nowMs) {
    if (this.root.dataset.phase !== state.phase) {
      this.root.dataset.phase = state.phase;
    }
    this.retry.hidden = (state.phase !== "waiting" && state.phase !== "ended") || needsToken(state);
    setText(this.state, stateWords(state));
    setText(this.detail, detailText(state, nowMs));
    const news = newsText(state, refusal) || (state.ending?.reason === "signed_out" ? this.purpose : "");
    if (news) {
      setText(this.news, news);
    }
  }
}

function detailText(state, nowMs) {
  if (state.phase === "live") {
    return `signed in as ${state.role}`;
  }
  const seconds = secondsToRetry(state, nowMs);
  return seconds === null ? "" : `in ${seconds} s`;
}
