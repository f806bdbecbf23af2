/** The market page: joins client, prices and document. */

import { connect } from "../clients/js/tapecast.js";
import { setText } from "./dom.js";
import { needsToken } from "./endings.js";
import { listInstruments } from "./feed.js";
import { listRows, nextSorting } from "./listing.js";
import { PriceBoard } from "./prices.js";
import { StatusView } from "./status.js";
import { PriceTable } from "./table.js";
import { countText, titleText } from "./words.js";

const TICK_MS = 250;
const LEADING_BASE = "BTC";
const ANNOUNCED = { announcement: "Announcement:", incident: "Incident:", maintenance: "Maintenance:" };

const now = () => performance.now();
const byId = (id) => document.getElementById(id);

const board = new PriceBoard();
const status = new StatusView(document);
const table = new PriceTable(byId("rows"), byId("row"));
const instruments = new Map();
const view = { search: "", sorting: null, instruments };

let refusal = null;
let isFrameAsked = false;
let state = null;
let client = null;

function render() {
  isFrameAsked = false;
  const rows = listRows(board.rows, view);
  table.render(rows, instruments, { nowMs: now(), isLive: state.phase === "live" });
  status.render(state, refusal, now());
  renderEmptiness(rows.length);
}

function renderEmptiness(shown) {
  const known = board.rows.length;
  byId("sign-in").hidden = !needsToken(state);
  byId("empty").hidden = known > 0 || needsToken(state);
  byId("nothing-found").hidden = known === 0 || shown > 0;
  setText(byId("searched"), view.search);
  setText(byId("count"), countText(shown, known));
}

/** Draw with the next frame; any number of changes before it are drawn at once. */
function askForFrame() {
  if (!isFrameAsked) {
    isFrameAsked = true;
    requestAnimationFrame(render);
  }
}

// Not part of a frame: frames stop in a tab that is not seen, and its title is all that is seen of it.
function renderTitle() {
  const leader = board.rows.find(({ instrument }) => instrument.startsWith(LEADING_BASE)) ?? board.rows[0];
  const title = titleText(state, leader, leader && instruments.get(leader.instrument));
  if (document.title !== title) {
    document.title = title;
  }
}

function applyPrice(envelope) {
  if (envelope.payload.instrument) {
    board.apply(envelope, now());
    askForFrame();
  }
}

/** Show what an operator tells everyone; that the gateway stops, the connection tells. */
function announce({ payload }) {
  if (payload.reason === "broadcast") {
    byId("announcement").dataset.severity = payload.severity;
    setText(byId("announcement-kind"), ANNOUNCED[payload.type] ?? "");
    setText(byId("announcement-text"), payload.message);
    byId("announcement").hidden = false;
  }
}

async function loadInstruments() {
  const current = state;
  const listed = await listInstruments(client, () => state === current);
  if (listed) {
    instruments.clear();
    listed.forEach((rules) => instruments.set(rules.instrument, rules));
    askForFrame();
  }
}

/** A client of the gateway, with a token where there is one. */
function join(token) {
  const joining = connect({
    url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`,
    wamp: globalThis.Wampy,
    token,
  });
  const onError = (error) => {
    refusal = error;
    askForFrame();
  };
  joining.subscribe(
    "tapecast.price",
    { onSnapshot: applyPrice, onEvent: applyPrice, onError },
    { match: "prefix" },
  );
  joining.subscribe("tapecast.system.announcements", { onEvent: announce });
  joining.onConnectionChange(applyState);
  return joining;
}

function applyState(changed) {
  state = changed;
  refusal = state.phase === "live" ? refusal : null;
  askForFrame();
  renderTitle();
  if (state.phase === "live") {
    loadInstruments();
  }
}

byId("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const { value } = byId("token");
  byId("token").value = "";
  client.close();
  client = join(value.trim());
});

byId("search").addEventListener("input", ({ target }) => {
  view.search = target.value.trim();
  askForFrame();
});

byId("columns").addEventListener("click", ({ target }) => {
  const key = target.closest("button")?.dataset.sort;
  if (key) {
    view.sorting = nextSorting(view.sorting, key);
    renderSorting();
    askForFrame();
  }
});

function renderSorting() {
  for (const button of byId("columns").querySelectorAll("button")) {
    const { key, isDescending } = view.sorting ?? {};
    const direction = isDescending ? "descending" : "ascending";
    button.closest("th").ariaSort = button.dataset.sort === key ? direction : "none";
  }
}

byId("retry").addEventListener("click", () => client.open());

client = join(null);

setInterval(() => {
  renderTitle();
  askForFrame();
}, TICK_MS);
