/** Loaded by a page of another site: from then on it knows the element `<tapecast-prices>`. */

import { PricesElement } from "./prices-element-view.js";

if (!customElements.get("tapecast-prices")) {
  customElements.define("tapecast-prices", PricesElement);
}
