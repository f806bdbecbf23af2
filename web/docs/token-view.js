/** The token that what asks for one is tried with: kept by this page alone, for as long as it is open. */

import { byId, setText } from "../kit/dom.js";
import { pastedToken, tokenFault } from "../kit/sign-in.js";
import { tokenProblemOf } from "./trials.js";

/** The form above the page's first section. */
export class TokenForm {
  /** @type {string | null} */
  token = null;
  #fault = "";

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    byId("token-form").addEventListener("submit", (event) => this.#submit(event));
    byId("sign-out").addEventListener("click", () => this.#use(null));
  }

  render(_nowMs, state) {
    const problem = this.#fault || tokenProblemOf(this.token, state);
    byId("sign-out").hidden = this.token === null;
    byId("token-problem").hidden = problem === "";
    byId("token").ariaInvalid = String(problem !== "");
    setText(byId("token-problem"), problem);
  }

  #submit(event) {
    event.preventDefault();
    const token = pastedToken(byId("token").value);
    byId("token").value = "";
    this.#fault = tokenFault(token);
    if (this.#fault === "") {
      this.#use(token);
    }
    this.page.askForFrame();
  }

  #use(token) {
    this.token = token;
    this.page.join(token);
    if (token === null) {
      byId("token").focus();
    }
  }
}
