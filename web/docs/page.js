/** The developers' page: joins its parts. */

import { byId, setText } from "../kit/dom.js";
import { Page } from "../kit/page-view.js";
import { Finding } from "./find-view.js";
import { Reference } from "./reference-view.js";
import { embedSamples, gatewayAt, topicSamples } from "./samples.js";
import { Samples } from "./samples-view.js";
import { TokenForm } from "./token-view.js";
import { KnownMarket, Trials } from "./trials-view.js";

const RETRY_MS = 2_000;

const gateway = gatewayAt(location);
const page = new Page();
const signIn = page.add(new TokenForm(page));
const market = page.add(new KnownMarket(page));
const trials = page.add(new Trials({ page, gateway, market, signIn }));
const finding = new Finding();

async function load(name) {
  for (;;) {
    try {
      const answer = await fetch(`../${name}`);
      return await answer.json();
    } catch (error) {
      console.info(`no ${name} yet`, error);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

setText(byId("websocket-url"), gateway.websocket);
new Samples(byId("start-samples"), "following a price").show(topicSamples(gateway, "tapecast.price.BTCUSDT", false));
new Samples(byId("embed-sample"), "a price board on a page").show(embedSamples(gateway));
page.join(null);

const [contract, openapi] = await Promise.all([load("contract.json"), load("openapi.json")]);
new Reference(trials).show(contract, openapi);
byId("loading").hidden = true;
finding.watch();
finding.lead();
