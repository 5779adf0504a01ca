import assert from "node:assert/strict";
import test from "node:test";
import { costInWindow, momentsOf, parseWindow, peakIn, windowAround, windowSource } from "../../Sources/Page/web/windows.mjs";
import { smallSource } from "./fixture.mjs";

function values(window) {
  const { facts, stacks } = windowSource(smallSource(), window);
  return Object.fromEntries(facts.costs.map(({ name, total }) => [name, [total, stacks.value[name][1], stacks.value[name][3]]]));
}

test("a window has what was allocated, kept and freed in it", () => {
  assert.deepEqual(values({ from: 0, to: 2 }), {
    live: [50, 50, 0],
    bytes: [60, 60, 0],
    allocations: [6, 6, 0],
    retained: [50, 50, 0],
    freed: [10, 10, 0],
  });
  assert.deepEqual(values({ from: 2, to: 4 }), {
    live: [30, 30, 0],
    bytes: [40, 0, 40],
    allocations: [4, 0, 4],
    retained: [0, 0, 0],
    freed: [60, 20, 40],
  });
});

test("the whole run has all", () => {
  const { bytes, live, freed } = values({ from: 0, to: 4 });
  assert.deepEqual([bytes[0], live[0], freed[0]], [100, 30, 70]);
});

test("a window is told by its edges", () => {
  assert.deepEqual(parseWindow("1-3", 4), { from: 1, to: 3 });
  for (const text of ["", "3-1", "1-1", "1-5", "a-b", "1-2-3"]) assert.equal(parseWindow(text, 4), undefined);
  assert.equal(parseWindow("0-1", undefined), undefined);
  const { facts } = smallSource();
  assert.deepEqual(windowAround(350, 120, facts), { from: 1, to: 4 });
  assert.deepEqual(windowAround(-5, 1, facts), { from: 0, to: 1 });
  assert.deepEqual(windowAround(202, 202, facts), { from: 2, to: 3 });
  assert.deepEqual(momentsOf({ from: 1, to: 4 }, facts), [101, 400]);
});

test("costs of the run have their like in a window", () => {
  assert.deepEqual(["peak", "leaked", "wasted", "freed"].map(costInWindow), ["live", "live", "bytes", "freed"]);
});

test("the most that was live in a window", () => {
  const { lives } = smallSource();
  assert.deepEqual(peakIn(lives, { from: 0, to: 2 }), { bytes: 50, blocks: 5 });
  assert.deepEqual(peakIn(lives, { from: 0, to: 4 }), { bytes: 90, blocks: 9 });
  assert.deepEqual(windowSource(smallSource(), { from: 3, to: 4 }).peak, { bytes: 70, blocks: 7 });
});
