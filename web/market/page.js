/** The market page: joins its parts. */

import { byId } from "../kit/dom.js";
import { Page } from "../kit/page-view.js";
import { pastedToken } from "../kit/sign-in.js";
import { bindAddress } from "./address-view.js";
import { BookPanel } from "./book-view.js";
import { CandlesPanel } from "./candles-view.js";
import { Choice } from "./choice.js";
import { InstrumentPanel } from "./instrument-view.js";
import { TapePanel } from "./tape-view.js";
import { WatchList } from "./watch-list-view.js";

const page = new Page();
const choice = new Choice(location.hash);
bindAddress(choice);
const watchList = page.add(new WatchList(page, choice));
page.add(new InstrumentPanel(page, choice, (instrument) => watchList.priceOf(instrument)));
page.add(new CandlesPanel(page, choice));
page.add(new BookPanel(page, choice));
page.add(new TapePanel(page, choice));

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = byId("token");
  byId("token").value = "";
  page.join(pastedToken(value));
});

page.join(null);
