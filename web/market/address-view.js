/** The choice in the page's address, so that a link shows the same and the browser's way back leads back. */

/** @param {import("./choice.js").Choice} choice */
export function bindAddress(choice) {
  let instrument = null;
  choice.listen(() => {
    const { hash } = choice;
    if (hash && hash !== location.hash) {
      const isStep = instrument !== null && instrument !== choice.instrument;
      history[isStep ? "pushState" : "replaceState"](null, "", hash);
    }
    ({ instrument } = choice);
  });
  addEventListener("hashchange", () => choice.applyHash(location.hash));
}
