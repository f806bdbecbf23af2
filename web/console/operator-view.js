/** What an operator does: whom it concerns is counted, it is asked, done, told, and looked at again. */

import { ask } from "../kit/question-view.js";
import { questionOf } from "./session-actions.js";
import { readSessions } from "./sessions.js";

/** Does what the panels of sessions, blocks and revocations offer. */
export class Operator {
  /** The key of the operator's own token, where it is known. */
  ownKey = null;
  #watchers = [];

  /** @param {import("../kit/page-view.js").Page} page */
  constructor(page) {
    this.page = page;
    this.call = (procedure, fields) => page.client.call(procedure, fields);
  }

  /** The operator's own session: another one after every loss. */
  get ownSession() {
    return this.page.me?.session ?? null;
  }

  /** Look again after each action. @param {() => unknown} look */
  onAction(look) {
    this.#watchers.push(look);
  }

  /**
   * Ask, do, and tell.
   *
   * @param {import("./session-actions.js").Action} action
   * @param {import("./sessions.js").Session[]} sessions All, as the page knows them.
   * @param {import("../kit/outcome-view.js").OutcomeView} outcome
   */
  async act(action, sessions, outcome) {
    const concerned = await this.#count(action, sessions);
    const answer = await ask(questionOf(action, concerned, this.ownSession));
    if (answer) {
      const call = () => this.call(action.procedure, { ...action.subject, ...answer });
      await outcome.follow(action.doing, call, action.done);
      this.#watchers.forEach((look) => look());
    }
  }

  /** A network is the gateway's to tell; where it does not, its refusal of the action says why. */
  async #count(action, sessions) {
    const known = action.concerned(sessions);
    return action.asked ? readSessions(this.call, action.asked).catch(() => known) : known;
  }
}
