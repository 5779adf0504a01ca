// A window of time as a source of its own: the same stacks with what was allocated, kept and freed
// between two edges of intervals. Births by deaths tell all of it exactly.

import { duration } from "./format.mjs";

/** The edges of a window that a text such as `3-17` names; undefined if it names none. */
export function parseWindow(text, intervals) {
  const parts = /^(\d+)-(\d+)$/.exec(text);
  if (!parts || !intervals) return undefined;
  const [from, to] = [Number(parts[1]), Number(parts[2])];
  return from < to && to <= intervals ? { from, to } : undefined;
}

/** The window of whole intervals around two moments. */
export function windowAround(first, second, { intervals, intervalNanoseconds: width }) {
  const [early, late] = first < second ? [first, second] : [second, first];
  const from = Math.max(0, Math.min(intervals - 1, Math.floor(early / width)));
  return { from, to: Math.max(from + 1, Math.min(intervals, Math.ceil(late / width))) };
}

/** A window's moments. The last edge is beyond the run's end. */
export function momentsOf({ from, to }, facts) {
  const width = facts.intervalNanoseconds;
  return [from * width, Math.min(to * width, facts.run.durationNanoseconds)];
}

/** What becomes of blocks in a window, and which of them count: birth and death are intervals. */
const kinds = [
  ["live", "Live at its end", "bytes live at the window's end, whenever allocated", true, (birth, death, { to }) => birth < to && death >= to],
  ["bytes", "Bytes allocated in it", "bytes allocated in the window", true, (birth, _, { from, to }) => birth >= from && birth < to],
  ["allocations", "Allocations in it", "number of allocations in the window", false, (birth, _, { from, to }) => birth >= from && birth < to],
  ["retained", "Retained", "bytes allocated in the window and live at its end", true, (birth, death, { from, to }) => birth >= from && birth < to && death >= to],
  ["freed", "Freed in it", "bytes freed in the window, whenever allocated", true, (_, death, { from, to }) => death >= from && death < to],
];

/** Which cost of a window is nearest to one of the run, and the other way round. */
export function costInWindow(name) {
  if (kinds.some(([kind]) => kind === name)) return name;
  return ["peak", "leaked", "own-peak"].includes(name) ? "live" : "bytes";
}

function sums(source, window, counts) {
  const { lives, stacks } = source;
  const value = new Float64Array(stacks.node.length);
  const blocks = new Float64Array(stacks.node.length);
  for (let index = 0; index < lives.stack.length; index += 1) {
    if (!counts(lives.birth[index], lives.death[index], window)) continue;
    value[lives.stack[index]] += lives.bytes[index];
    blocks[lives.stack[index]] += lives.blocks[index];
  }
  return { value, blocks };
}

function total(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/** The most that was live at once within a window. */
export function peakIn({ peak, peakBlocks }, { from, to }) {
  let best = from;
  for (let interval = from; interval < to; interval += 1) {
    if (peak[interval] > peak[best]) best = interval;
  }
  return { bytes: peak[best], blocks: peakBlocks[best] };
}

/** The source of a window; `source` has lives. */
export function windowSource(source, window) {
  const value = {};
  const blocks = {};
  const costs = kinds.map(([name, title, abstract, isBytes, counts]) => {
    const found = sums(source, window, counts);
    value[name] = isBytes ? found.value : found.blocks;
    blocks[name] = found.blocks;
    return { name, title, abstract, isBytes, isAdditive: true, total: total(value[name]), blocks: total(found.blocks) };
  });
  const [start, end] = momentsOf(window, source.facts);
  return {
    ...source,
    window,
    peak: peakIn(source.lives, window),
    title: `${duration(start)} to ${duration(end)}`,
    facts: { ...source.facts, costs, folding: { ...source.facts.folding, values: {} } },
    stacks: { ...source.stacks, value, blocks },
  };
}
