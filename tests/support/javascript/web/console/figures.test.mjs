import assert from "node:assert/strict";
import { test } from "node:test";

import { Figures } from "../../../../../web/console/figures.js";
import { delivered, envelope, quantiles } from "./made-figures.mjs";

const START_S = Date.UTC(2026, 0, 1, 12) / 1000;

function figuresOf(...envelopes) {
  const figures = new Figures();
  envelopes.forEach((one) => figures.apply(one));
  return figures;
}

const values = ({ columns: [, ...columns] }) => columns.map((column) => column.at(-1));

test("each chart draws what its lines say", () => {
  const { lines, latest, lastS } = figuresOf(envelope(0));

  assert.deepEqual(values(lines.connections), [12, 5, 3, 4]);
  assert.deepEqual(values(lines.messages), [900, 4, 4]);
  assert.deepEqual(values(lines.thinned), [6, 0, 2]);
  assert.deepEqual(values(lines.waiting), [0, 1, 2, 3]);
  assert.deepEqual(values(lines.refused), [1.5, null]);
  assert.deepEqual(values(lines.ended), [0.4, 0, 0.2]);
  assert.deepEqual(values(lines.cpu), [12.34, null, null]);
  assert.deepEqual(values(lines.memory), [104_857_600, null, null]);
  assert.equal(latest.connections, 12);
  assert.equal(lastS, START_S);
});

test("a node that has sent no event yet has delivered none", () => {
  const { lines } = figuresOf(envelope(0, { messages: { received: {}, sent: {} } }));

  assert.deepEqual(values(lines.messages), [0, 0, 0]);
});

test("joins are told as totals, and drawn as how many came a second", () => {
  const refused = (count) => ({ joins: { accepted: 0, refused: { node_full: count } } });
  const figures = figuresOf(envelope(0, refused(10)), envelope(2, refused(16)));

  assert.equal(values(figures.lines.refused)[1], 3);

  figures.apply(envelope(2, refused(20)));
  assert.equal(values(figures.lines.refused)[1], null, "the same moment again has no rate");
});

test("lag is drawn of all topics, or of one family", () => {
  const { lag } = figuresOf(envelope(0), envelope(1, { delivery: delivered({ book: quantiles(5, 6, 7, 1) }) }));
  assert.deepEqual(values(lag), [1, 2, 3]);

  const before = lag.changes;
  lag.choose("book");

  assert.ok(lag.changes > before);
  assert.deepEqual(values(lag), [5, 6, 7]);
  assert.deepEqual(lag.rangeOf(0), { first: 5, last: 5, low: 5, high: 5 });

  lag.choose("price");
  assert.deepEqual(lag.columns[1], [0.5, null], "of what was not delivered there is no lag");
});

test("while nothing is heard the lines have a gap, and no rate reaches over it", () => {
  const figures = figuresOf(envelope(0));
  figures.interrupt();
  figures.interrupt();
  figures.apply(envelope(40, { joins: { accepted: 0, refused: { node_full: 400 } } }));

  const [times, connections] = figures.lines.connections.columns;
  assert.deepEqual(connections, [12, null, 12]);
  assert.deepEqual([times[0], times[2]], [START_S, START_S + 40]);
  assert.equal(values(figures.lines.refused)[1], null);
  assert.deepEqual(figures.lag.columns[1], [0.7, null, 0.7]);
});

test("a step that is too long is a gap too", () => {
  assert.deepEqual(figuresOf(envelope(0), envelope(5)).lines.connections.columns[1], [12, 12]);
  assert.deepEqual(figuresOf(envelope(0), envelope(6)).lines.connections.columns[1], [12, null, 12]);
});

test("a quarter of an hour is all that is kept", () => {
  const figures = new Figures();
  for (let second = 0; second < 1_000; second += 1) {
    figures.apply(envelope(second));
  }

  const [times] = figures.lines.cpu.columns;
  assert.deepEqual([times.length, times[0]], [900, START_S + 100]);
  assert.equal(figures.lag.columns[0].length, 900);
});
