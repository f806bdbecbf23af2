/** The state of the connection in the document: a light, words, what happened, and when the next attempt comes. */

import { setText } from "./dom.js";

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
  }

  /**
   * @param {import("./link.js").Link} link
   * @param {number} nowMs
   */
  render(link, nowMs) {
    if (this.root.dataset.phase !== link.phase) {
      this.root.dataset.phase = link.phase;
      this.retry.hidden = link.phase !== "waiting" && link.phase !== "ended";
    }
    setText(this.state, link.words);
    setText(this.detail, detailText(link, nowMs));
    if (link.news) {
      setText(this.news, link.news);
    }
  }
}

function detailText(link, nowMs) {
  if (link.phase === "live") {
    return `signed in as ${link.role}`;
  }
  const seconds = link.secondsToRetry(nowMs);
  return seconds === null ? "" : `in ${seconds} s`;
}
