// What was live over time, divided by what allocated it: the layers of the chart. Values are those at the
// edges of the page's intervals, exact, as a window's are.

import { frameGroups } from "./groups.mjs";

/** The groupings that there are, and what they are called. */
export const layerings = [
  ["function", "by function"],
  ["module", "by module"],
  ["file", "by file"],
];

/** What was live at each edge, from 0 to the run's end, of stacks by the group of their innermost frame. */
function liveByGroup({ lives, tree, stacks, facts }, groups) {
  const edges = facts.intervals + 1;
  const live = new Map();
  const changes = (group) => {
    if (!live.has(group)) live.set(group, new Float64Array(edges));
    return live.get(group);
  };
  for (let index = 0; index < lives.stack.length; index += 1) {
    const [birth, death] = [lives.birth[index], lives.death[index]];
    // What is born and dies in one interval is live at no edge.
    if (birth === death) continue;
    const values = changes(groups.ofNode[stacks.node[lives.stack[index]]]);
    values[birth + 1] += lives.bytes[index];
    if (death + 1 < edges) values[death + 1] -= lives.bytes[index];
  }
  for (const values of live.values()) {
    for (let edge = 1; edge < edges; edge += 1) values[edge] += values[edge - 1];
  }
  return { live, edges, tree };
}

/**
 * The layers of a run: those with the highest peaks, the largest first, and one of all others, whose
 * `node` is undefined. `node` shows what a layer is of.
 */
export function layersOf(source, grouping, most) {
  const groups = frameGroups(source, grouping);
  const { live, edges } = liveByGroup(source, groups);
  const ranked = [...live].map(([group, values]) => ({ node: groups.shown[group], values, peak: Math.max(...values) }));
  ranked.sort((left, right) => right.peak - left.peak || left.node - right.node);
  const layers = ranked.slice(0, most);
  const others = ranked.slice(most);
  if (others.length > 0) {
    const values = new Float64Array(edges);
    for (const other of others) other.values.forEach((value, edge) => (values[edge] += value));
    layers.push({ node: undefined, values, peak: Math.max(...values), count: others.length });
  }
  return layers;
}

/** For each layer the sums of those below it and with it: the lower and the upper edge of its band. */
export function stackedBands(layers) {
  let below = new Float64Array(layers[0]?.values.length ?? 0);
  return layers.map(({ values }) => {
    const lower = below;
    below = lower.map((sum, edge) => sum + values[edge]);
    return { lower, upper: below };
  });
}
