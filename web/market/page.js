/** The market page: joins its parts. */

import { byId } from "../kit/dom.js";
import { Page } from "../kit/page-view.js";
import { bindAddress } from "./address-view.js";
import { Choice } from "./choice.js";
import { WatchList } from "./watch-list-view.js";

const page = new Page();
const choice = new Choice(location.hash);
bindAddress(choice);
page.add(new WatchList(page, choice));

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = byId("token");
  byId("token").value = "";
  page.join(value.trim());
});

page.join(null);
