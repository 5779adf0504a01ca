// Layers of the chart: what was live at each edge by what allocated it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { layersOf, stackedBands } from "../../Sources/Page/web/layers.mjs";
import { windowSource } from "../../Sources/Page/web/windows.mjs";
import { smallSource } from "./fixture.mjs";

test("each layer has what is live at every edge", () => {
  const layers = layersOf(smallSource(), "function", 8);
  // Of work: 20 from the first edge to the second, 30 from the second on; 40 at the third.
  assert.deepEqual(layers.map(({ values }) => [...values]), [[0, 20, 50, 70, 30]]);
  assert.equal(layers[0].peak, 70);
});

test("at each edge layers add up to what a window has live there", () => {
  const source = smallSource();
  const layers = layersOf(source, "module", 1);
  for (let to = 1; to <= source.facts.intervals; to += 1) {
    const live = windowSource(source, { from: 0, to }).facts.costs.find((cost) => cost.name === "live");
    assert.equal(layers.reduce((sum, { values }) => sum + values[to], 0), live.total);
  }
});

test("what has no layer of its own is in the last", () => {
  const source = smallSource();
  source.lives.stack = Int32Array.of(1, 1, 2, 3);
  const all = layersOf(source, "line", 8);
  const few = layersOf(source, "line", 1);
  assert.equal(all.length, 2);
  assert.equal(few.length, 2);
  assert.equal(few[1].node, undefined);
  assert.equal(few[1].count, 1);
  assert.deepEqual([...few[1].values], [...all[1].values]);
});

test("bands lie on each other", () => {
  const bands = stackedBands([{ values: Float64Array.of(1, 2) }, { values: Float64Array.of(10, 0) }]);
  assert.deepEqual(bands.map(({ lower, upper }) => [[...lower], [...upper]]), [[[0, 0], [1, 2]], [[1, 2], [11, 2]]]);
  assert.deepEqual(stackedBands([]), []);
});
