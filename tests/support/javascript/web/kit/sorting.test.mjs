import assert from "node:assert/strict";
import { test } from "node:test";

import { bySorting, nextSorting } from "../../../../../web/kit/sorting.js";

const compare = (left, right) => left.size - right.size;
const COLUMNS = {
  name: { field: "name", compare, isDescendingFirst: false },
  size: { field: "size", compare, isDescendingFirst: true },
};

test("a header turns its column its natural way first, then the other way round", () => {
  const byName = { key: "name", isDescending: false };

  const first = nextSorting(COLUMNS, byName, "size");

  assert.deepEqual(first, { key: "size", isDescending: true });
  assert.deepEqual(nextSorting(COLUMNS, first, "size"), { key: "size", isDescending: false });
  assert.deepEqual(nextSorting(COLUMNS, first, "name"), byName);
});

test("what is not known comes last, either way", () => {
  const sizes = (isDescending) =>
    [2, null, 1, null, 3].map((size) => ({ size })).sort(bySorting(COLUMNS, { key: "size", isDescending })).map(({ size }) => size);

  assert.deepEqual(sizes(false), [1, 2, 3, null, null]);
  assert.deepEqual(sizes(true), [3, 2, 1, null, null]);
});
