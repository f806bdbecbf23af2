import assert from "node:assert/strict";
import { test } from "node:test";

import { Fills, MOST_FILLS, fillKey } from "../../../../../web/account/fills.js";

const fill = (number) => ({ order_id: "o", execution_id: `e${number}` });
/** From `first` to `last`, oldest first. */
const filled = (first, last) => Array.from({ length: last - first + 1 }, (_, place) => fill(first + place));
const names = (fills) => fills.rows.map(({ execution_id: name }) => name);

function having(count) {
  const fills = new Fills();
  fills.applySnapshot({ fills: filled(1, count) });
  return fills;
}

test("the newest comes first, and no more than so many are shown", () => {
  const fills = having(30);

  assert.deepEqual([names(fills).length, names(fills)[0], names(fills).at(-1)], [20, "e30", "e11"]);
  assert.equal(fills.hasMore, true);
});

test("an execution comes on top, once", () => {
  const fills = having(1);

  fills.applyEvent(fill(2));
  fills.applyEvent(fill(2));

  assert.deepEqual(names(fills), ["e2", "e1"]);
  assert.equal(fills.hasMore, false);
});

test("what is known is shown without asking", () => {
  const fills = having(30);

  assert.equal(fills.showMore(), null);
  assert.deepEqual([names(fills).length, fills.hasMore], [30, false]);
});

test("a full snapshot has older ones behind it: the first page begins anew, the others where it ended", () => {
  const fills = new Fills();
  fills.applySnapshot({ fills: filled(201, 300) });
  fills.showMore();
  assert.equal(names(fills).length, 70);

  assert.deepEqual(fills.showMore(), { limit: 200 });
  fills.applyPage({ fills: filled(101, 300).reverse(), next: "t/101" });

  assert.deepEqual([names(fills).length, names(fills).at(-1)], [120, "e181"]);
  assert.equal(fills.showMore(), null);
  assert.deepEqual(fills.showMore(), { limit: 100, before: "t/101" });

  fills.applyPage({ fills: filled(1, 100).reverse(), next: null });

  assert.deepEqual([fills.showMore(), fills.showMore(), names(fills).length, fills.hasMore], [null, null, 300, false]);
});

test("a snapshot begins anew, and what was asked for goes on to be shown", () => {
  const fills = having(30);
  fills.showMore();

  fills.applySnapshot({ fills: filled(1, 40) });

  assert.equal(names(fills).length, 40);

  fills.applySnapshot({});

  assert.deepEqual([names(fills), fills.hasMore], [[], false]);
});

test("no more are kept than the gateway remembers", () => {
  const fills = new Fills();
  fills.applySnapshot({ fills: filled(901, MOST_FILLS) });
  fills.applyPage({ fills: filled(1, MOST_FILLS).reverse(), next: "t/1" });

  fills.applyEvent(fill(MOST_FILLS + 1));

  const asked = Array.from({ length: 30 }, () => fills.showMore());
  assert.ok(asked.every((request) => request === null));
  assert.deepEqual([names(fills).length, names(fills)[0], names(fills).at(-1)], [MOST_FILLS, "e1001", "e2"]);
  assert.equal(fills.hasMore, false);
});

test("nothing stays of the one who is forgotten, and each step is a change", () => {
  const fills = having(30);
  fills.showMore();
  const { changes } = fills;

  fills.forget();
  fills.applySnapshot({ fills: filled(1, 30) });

  assert.equal(names(fills).length, 20);
  assert.ok(fills.changes > changes);
});

test("an execution is known by its order's name and its own", () => {
  assert.equal(fillKey(fill(1)), "o e1");
});
