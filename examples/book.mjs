/** The best bid and ask of an order book: `node book.mjs [URL [VENUE [INSTRUMENT]]]`, with Node.js 22 or later. */

import { connect } from "../clients/js/tapecast.js";
import "../web/vendor/wampy.min.js";

const [url = "ws://127.0.0.1:8080/ws", venue = "sim", instrument = "BTCUSDT"] = process.argv.slice(2);

const client = connect({ url, wamp: globalThis.Wampy });
client.onConnectionChange(({ phase }) => console.log(phase));
client.subscribeBook(venue, instrument, (book, { seq }) => {
  const { bid, ask } = book.best;
  console.log(seq, bid?.join(" x ") ?? "none", ask?.join(" x ") ?? "none");
});
