/** The sign-in of a page: a form while nobody is, and who it is while somebody is. */

import { askUntilAnswered } from "./asking.js";
import { demoToken, listDemoUsers } from "./demo-users.js";
import { byId, setText } from "./dom.js";
import { KeptSignIn, endOf, pastedToken, problemText, refreshProblem, roleProblem, tokenFault } from "./sign-in.js";

/** @typedef {import("./sign-in.js").Credential} Credential */
/** @typedef {import("./sign-in.js").Me} Me */

const NEWS_OF_THE_TOKEN = ["token_expiring", "token_renewed"];

/** Lets in on a page whom its roles allow, and keeps them in: `#sign-in` and `#signed-in` of the page are its own. */
export class SignIn {
  /** @type {Me | null} */
  #me = null;
  #endMs = Infinity;
  #isEndAnnounced = false;
  #isOffered = false;
  #problem = "";
  #live = null;

  /**
   * @param {import("./page-view.js").Page} page
   * @param {object} options
   * @param {string[]} options.roles Whom the page is for.
   * @param {HTMLElement} options.content What is hidden while nobody is signed in.
   */
  constructor(page, { roles, content }) {
    Object.assign(this, { page, roles, content });
    this.kept = new KeptSignIn(sessionStorage, `tapecast.sign-in.${roles[0]}`, demoToken);
    this.asking = byId("sign-in");
    this.strip = byId("signed-in");
    this.field = byId("token");
    byId("token-form").addEventListener("submit", (event) => this.#submit(event));
    byId("renew").addEventListener("click", () => this.#offer(true));
    byId("not-now").addEventListener("click", () => this.#offer(false));
    byId("sign-out").addEventListener("click", () => this.#leave());
    page.add(this);
  }

  /** Go on as whom this tab was signed in before, or ask; after every part was added to the page. */
  start() {
    const before = this.kept.restore();
    if (before) {
      this.#enter(before);
    } else {
      this.page.leave();
    }
    this.#listDemoUsers();
  }

  /** Hear of this session's token; with the others of the page, once it is known who it is. */
  identify(me, client) {
    client.subscribe(`tapecast.user.${me.user}.session`, { onEvent: ({ payload }) => this.#hear(payload), onError() {} });
  }

  applyState(state) {
    if (state.phase === "live" && this.#live !== state) {
      this.#live = state;
      this.#learn(state);
    }
  }

  render(nowMs, state) {
    const problem = this.#problem || problemText(state);
    const isAway = state.phase === "waiting" || state.phase === "ended";
    const isAsking = this.#isOffered || problem !== "" || (this.#me === null && isAway);
    const { text, isSoon } = endOf(this.#endMs - nowMs, this.#isEndAnnounced && !this.kept.renewsItself);
    this.asking.hidden = !isAsking;
    byId("not-now").hidden = !this.#isOffered || problem !== "";
    byId("sign-in-problem").hidden = problem === "";
    setText(byId("sign-in-problem"), problem);
    this.field.ariaInvalid = String(problem !== "");
    this.strip.hidden = this.#me === null;
    this.strip.dataset.soon = isSoon;
    byId("renew").hidden = this.kept.renewsItself;
    byId("not-live").hidden = state.phase === "live";
    setText(byId("sign-in-end"), state.phase === "live" ? text : "");
    this.content.hidden = this.#me === null;
  }

  #offer(isOffered) {
    this.#isOffered = isOffered;
    this.#problem = "";
    this.asking.hidden = !isOffered; // now, since what is hidden takes no focus
    this.#draw();
    (isOffered ? this.field : byId("renew")).focus();
  }

  #submit(event) {
    event.preventDefault();
    const token = pastedToken(this.field.value);
    this.field.value = "";
    this.#problem = tokenFault(token);
    if (this.#problem === "") {
      this.#use(token);
    }
    this.#draw();
  }

  #use(token) {
    const goesOn = this.#me !== null && this.page.client !== null && this.kept.isOfSamePerson(token);
    if (goesOn && this.page.state.phase === "live") {
      this.#renew(token);
    } else if (goesOn) {
      this.kept.use({ token });
      this.page.client.open();
    } else {
      this.#enter({ token });
    }
  }

  async #renew(token) {
    const { client } = this.page;
    const problem = await client.call("tapecast.session.refresh", { token }).then(() => "", refreshProblem);
    if (client !== this.page.client) {
      return;
    }
    this.#problem = problem;
    if (problem === "") {
      this.kept.use({ token });
      await this.#learn(this.page.state);
      byId("renew").focus();
    }
    this.#draw();
  }

  /** @param {Credential} credential */
  #enter(credential) {
    this.#forgetWho();
    this.kept.use(credential);
    this.page.join((want) => this.kept.token(want), { renewsItself: this.kept.renewsItself });
  }

  /** Who this session is, and by the gateway's clock for how long. */
  async #learn(state) {
    const { client } = this.page;
    const isWanted = () => client === this.page.client && state === this.page.state;
    const asked = ["info", "ping"].map((name) => askUntilAnswered(client, `tapecast.session.${name}`, {}, isWanted));
    const [me, pong] = await Promise.all(asked);
    if (me === null || pong === null || !isWanted()) {
      return;
    }
    const problem = roleProblem(me.role, this.roles);
    if (problem) {
      this.#leave();
      this.#problem = problem;
    } else {
      this.#welcome(me, me.expires_at ? Date.parse(me.expires_at) - Date.parse(pong.ts) : Infinity);
    }
    this.#draw();
  }

  #welcome(me, remainingMs) {
    this.#me = me;
    this.#endMs = performance.now() + remainingMs;
    this.#isEndAnnounced = false;
    this.#isOffered = false;
    this.kept.keep();
    setText(byId("who"), me.user_id);
    setText(byId("who-role"), me.role);
    this.page.identify(me);
  }

  #hear({ event, session }) {
    if (session === this.#me?.session && NEWS_OF_THE_TOKEN.includes(event)) {
      this.#isEndAnnounced = event === "token_expiring";
      if (event === "token_renewed") {
        this.#learn(this.page.state);
      }
      this.#draw();
    }
  }

  #leave() {
    this.kept.forget();
    this.#forgetWho();
    this.page.leave();
    this.asking.hidden = false;
    this.field.focus();
  }

  #forgetWho() {
    this.#me = this.#live = null;
    this.#endMs = Infinity;
    this.#isEndAnnounced = this.#isOffered = false;
    this.#problem = "";
  }

  #draw() {
    this.page.askForFrame();
  }

  async #listDemoUsers() {
    const users = (await listDemoUsers()).filter(({ role }) => this.roles.includes(role));
    byId("demo").hidden = users.length === 0;
    byId("demo-users").replaceChildren(...users.map((user) => this.#buttonOf(user)));
  }

  #buttonOf({ user_id: userId, role }) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${userId}, ${role}`;
    button.addEventListener("click", () => this.#enter({ demo: userId }));
    return button;
  }
}
