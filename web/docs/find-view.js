/** Finding one's way: a search over all entries, addresses that open what they name, where a reader is. */

import { byId, setText } from "../kit/dom.js";
import { foundText, isFound, namedBy } from "./contract.js";

const FOUND = "[data-found]:not([data-found=group])";

/** The search, and the list of contents. */
export class Finding {
  constructor() {
    byId("search").addEventListener("input", ({ target }) => this.#find(target.value));
    addEventListener("hashchange", () => this.lead());
    if (matchMedia("(width < 960px)").matches) {
      byId("contents").open = false;
    }
  }

  /** Open what the address names, and go there. */
  lead() {
    const named = byId(namedBy(location.hash));
    if (!named) {
      return;
    }
    if (named.closest("[hidden]")) {
      byId("search").value = "";
      this.#find("");
    }
    if (named.matches("details")) {
      named.open = true;
    }
    named.scrollIntoView();
  }

  /** Show in the list of contents which section is being read. */
  watch() {
    const links = [...document.querySelectorAll("#contents a")];
    const places = [...document.querySelectorAll("main section, .group")];
    const seen = new Set();
    const watching = new IntersectionObserver(
      (changes) => {
        changes.forEach(({ isIntersecting, target }) => seen[isIntersecting ? "add" : "delete"](target));
        const current = places.filter((place) => seen.has(place) && !place.querySelector(".group")).at(0);
        links.forEach((link) => link.toggleAttribute("data-current", link.hash === `#${current?.id}`));
      },
      { rootMargin: "-5% 0px -60% 0px" },
    );
    places.forEach((one) => watching.observe(one));
  }

  #find(search) {
    const known = [...document.querySelectorAll(FOUND)];
    for (const one of known) {
      const text = one.matches("details") ? one.firstElementChild.textContent : one.textContent;
      one.hidden = !isFound(`${text} ${one.id}`, search);
    }
    const found = known.filter((one) => !one.hidden).length;
    for (const one of document.querySelectorAll(".group, main section")) {
      one.hidden = search.trim() !== "" && !one.querySelector(`${FOUND}:not([hidden])`);
    }
    byId("nothing-found").hidden = found > 0;
    setText(byId("found"), foundText(found, known.length, search));
  }
}
