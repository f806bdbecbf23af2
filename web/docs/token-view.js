/** The token that what asks for one is tried with: kept by this page alone, for as long as it is open. */

import { demoToken, listDemoUsers } from "../kit/demo-users.js";
import { byId, element, setText } from "../kit/dom.js";
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
    this.#offerDemoUsers();
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

  async #offerDemoUsers() {
    const users = await listDemoUsers();
    const buttons = users.map(({ user_id: userId, role }) => {
      const button = element("button", { type: "button" }, `${userId}, ${role}`);
      button.addEventListener("click", () => this.#enter(userId));
      return button;
    });
    byId("demo-users").replaceChildren(...buttons);
  }

  async #enter(userId) {
    try {
      this.#use(await demoToken(userId));
    } catch (error) {
      this.#fault = `There is no token: ${error.message}.`;
      this.page.askForFrame();
    }
  }

  #use(token) {
    this.#fault = "";
    this.token = token;
    this.page.join(token);
    if (token === null) {
      byId("token").focus();
    }
  }
}
