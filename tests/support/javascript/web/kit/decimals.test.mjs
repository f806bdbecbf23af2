import assert from "node:assert/strict";
import { test } from "node:test";

import {
  difference,
  fromUnits,
  groupedDecimal,
  magnitude,
  placesOf,
  product,
  rounded,
  signOf,
  signOfDifference,
  toUnits,
} from "../../../../../web/kit/decimals.js";

test("trailing zeros of a step say nothing", () => {
  assert.equal(placesOf("0.01000000"), 2);
  assert.equal(placesOf("1"), 0);
  assert.equal(placesOf("1.000"), 0);
});

test("a decimal is grouped and has at least the asked places", () => {
  assert.equal(groupedDecimal("67012.30000000", 2), "67,012.30");
  assert.equal(groupedDecimal("-1234567", 0), "-1,234,567");
  assert.equal(groupedDecimal("5", 1), "5.0");
});

test("figures finer than the asked places stay", () => {
  assert.equal(groupedDecimal("100.12500", 2), "100.125");
});

test("what is no decimal is left as it is", () => {
  assert.equal(groupedDecimal("1E-8", 2), "1E-8");
});

test("a decimal survives being reckoned with", () => {
  for (const value of ["0", "1", "-0.5", "97283.29", "0.000000000000000001", "-123456789012345678901.5"]) {
    assert.equal(fromUnits(toUnits(value)), value);
  }
  assert.equal(fromUnits(toUnits("97283.29000000") + toUnits("0.01")), "97283.3");
  assert.equal(fromUnits(toUnits("0.1") + toUnits("0.2")), "0.3");
});

test("what is finer than a unit is cut off", () => {
  assert.equal(toUnits("0.0000000000000000019"), 1n);
});

test("a product is exact", () => {
  assert.equal(product("0.1", "0.2"), "0.02");
  assert.equal(product("-2", "3343.216103"), "-6686.432206");
  assert.equal(product("-0.5", "-0.5"), "0.25");
  assert.equal(product("-0.00", "5"), "0");
});

test("a difference is exact", () => {
  assert.equal(difference("0.3", "0.1"), "0.2");
  assert.equal(difference("1", "1.000000000000000001"), "-0.000000000000000001");
  assert.equal(difference("-1.5", "-1.5"), "0");
  assert.equal(difference("100", "0.01"), "99.99");
});

test("rounding goes to the nearest, and the half away from zero", () => {
  assert.equal(rounded("99939.2560709056", 2), "99939.26");
  assert.equal(rounded("-4.625", 2), "-4.63");
  assert.equal(rounded("-4.624", 2), "-4.62");
  assert.equal(rounded("0.5", 0), "1");
  assert.equal(rounded("-0.004", 2), "0");
  assert.equal(rounded("12.5", 2), "12.5");
});

test("the sign is that of the value, and zero has none", () => {
  assert.deepEqual(["-0.01", "-0.00", "0", "7"].map(signOf), [-1, 0, 0, 1]);
});

test("a magnitude has no sign", () => {
  assert.equal(magnitude("-12.50"), "12.50");
  assert.equal(magnitude("12.50"), "12.50");
});

test("a difference has its sign, however small it is", () => {
  assert.equal(signOfDifference("2", "10"), -1);
  assert.equal(signOfDifference("0.5", "-0.5"), 1);
  assert.equal(signOfDifference("9007199254740993.1", "9007199254740993.2"), -1);
  assert.equal(signOfDifference("1.50", "1.5"), 0);
});
