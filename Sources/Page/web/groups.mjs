// Stacks added up by what their frames have in common: function, module, file or line. A group's own
// cost is that of stacks whose innermost frame is of it; its total that of stacks with any frame of it,
// each counted once, so that recursion counts nothing twice.

/**
 * What a frame's group is known by, as a number; groups are the text reports'. `kinds` keeps numbers of
 * different things apart.
 */
function keyOf(grouping, { tree, facts, labelOf }, node) {
  const kinds = 4;
  const fn = tree.fn[node];
  const file = tree.file[node];
  const module = fn === 0 ? 0 : facts.functionModules[fn - 1];
  switch (grouping) {
    case "module":
      return module * kinds;
    case "file":
      return file === 0 ? module * kinds : file * kinds + 1;
    case "line":
      if (file === 0 || tree.line[node] === 0) return labelOf[fn] * kinds + 2;
      return (file * 2 ** 26 + tree.line[node]) * kinds + 3;
    default:
      return labelOf[fn] * kinds + 2;
  }
}

/** The groups of all frames: `ofNode` by node, and what each is of, by a node that shows it. */
export function frameGroups(source, grouping) {
  const { tree } = source;
  const numbers = new Map();
  const shown = [];
  const ofNode = new Int32Array(tree.count);
  for (let node = 0; node < tree.count; node += 1) {
    // The root and what stands for smaller stacks are like nothing else.
    let key = keyOf(grouping, source, node);
    if (node === 0) key = -1;
    else if (tree.folded[node] > 0) key = -2;
    let group = numbers.get(key);
    if (group === undefined) {
      group = shown.length;
      numbers.set(key, group);
      shown.push(node);
    }
    ofNode[node] = group;
  }
  return { ofNode, shown };
}

/** The sums of each group: own and total values and blocks. */
export function groupSums({ tree, stacks }, groups, values, blocks) {
  const count = groups.shown.length;
  const sums = {
    own: new Float64Array(count),
    total: new Float64Array(count),
    ownBlocks: new Float64Array(count),
    totalBlocks: new Float64Array(count),
  };
  const last = new Int32Array(count).fill(-1);
  for (let index = 0; index < stacks.node.length; index += 1) {
    if (values[index] === 0 && blocks[index] === 0) continue;
    let node = stacks.node[index];
    const own = groups.ofNode[node];
    sums.own[own] += values[index];
    sums.ownBlocks[own] += blocks[index];
    do {
      const group = groups.ofNode[node];
      if (last[group] !== index) {
        last[group] = index;
        sums.total[group] += values[index];
        sums.totalBlocks[group] += blocks[index];
      }
      node = tree.parent[node];
    } while (node !== 0);
  }
  return sums;
}

/** Stacks whose functions are the same, whatever their lines: by stack, and by number one of them. */
export function mergedStacks({ tree, stacks, facts }) {
  const merged = new Int32Array(tree.count);
  const functions = facts.functions.length + 1;
  const numbers = new Map();
  let count = 1;
  for (let node = 1; node < tree.count; node += 1) {
    // What stands for smaller stacks is like nothing else.
    const key = tree.folded[node] > 0 ? -node : merged[tree.parent[node]] * functions + tree.fn[node];
    let number = numbers.get(key);
    if (number === undefined) {
      number = count;
      count += 1;
      numbers.set(key, number);
    }
    merged[node] = number;
  }
  const places = new Map();
  const members = [];
  for (let index = 0; index < stacks.node.length; index += 1) {
    const number = merged[stacks.node[index]];
    const place = places.get(number);
    if (place === undefined) {
      places.set(number, members.length);
      members.push([index]);
    } else {
      members[place].push(index);
    }
  }
  return members;
}

/** The value of merged stacks: a sum, or where costs do not add up the one that all of them have. */
export function memberSum(members, values, isAdditive) {
  if (!isAdditive) return values[members[0]];
  let sum = 0;
  for (const index of members) sum += values[index];
  return sum;
}

/** The frames of a node's stack, innermost first. */
export function framesOf(tree, node) {
  const frames = [];
  for (let frame = node; frame !== 0; frame = tree.parent[frame]) frames.push(frame);
  return frames;
}
