// Calls as a tree that is opened as far as it is looked at: from the outermost functions down, from what
// allocated up to its callers, or around one function. A node stands for all frames of one path of
// functions, whatever their lines; its children are costliest first.

/** Of each node of the frames: the sum over the stacks that end in it or below it. */
export function inclusiveSums(tree, stacks, values) {
  const sums = new Float64Array(tree.count);
  for (let index = 0; index < stacks.node.length; index += 1) sums[stacks.node[index]] += values[index];
  for (let node = tree.count - 1; node > 0; node -= 1) sums[tree.parent[node]] += sums[node];
  return sums;
}

/** The nodes below each node: those of `node` are `list[start[node]]` up to `list[start[node + 1]]`. */
export function childLists(tree) {
  const start = new Int32Array(tree.count + 1);
  for (let node = 1; node < tree.count; node += 1) start[tree.parent[node] + 1] += 1;
  for (let node = 0; node < tree.count; node += 1) start[node + 1] += start[node];
  const next = start.slice();
  const list = new Int32Array(Math.max(0, tree.count - 1));
  for (let node = 1; node < tree.count; node += 1) {
    const parent = tree.parent[node];
    list[next[parent]] = node;
    next[parent] += 1;
  }
  return { start, list };
}

function costliestFirst(groups) {
  const nodes = [...groups.values()];
  nodes.sort((left, right) => right.value - left.value || left.fn - right.fn);
  return nodes;
}

/** One function on a path. `frames` are the tree's nodes that it stands for. */
function callNode(fn, parent) {
  return {
    fn,
    parent,
    depth: parent ? parent.depth + 1 : 0,
    // How many smaller stacks it stands for.
    folds: 0,
    value: 0,
    own: 0,
    // Of a comparison: what it had on either side.
    before: 0,
    after: 0,
    frames: [],
    weights: undefined,
    sideWeights: undefined,
    opened: undefined,
  };
}

function child(groups, parent, tree, frame) {
  const fn = tree.fn[frame];
  let group = groups.get(fn);
  if (!group) {
    group = callNode(fn, parent);
    groups.set(fn, group);
  }
  group.folds += tree.folded[frame];
  return group;
}

/** From the callers down to what they call. */
class Down {
  constructor({ tree, lists, sums, own, sideSums }) {
    Object.assign(this, { tree, lists, sums, own, sideSums });
  }

  root(frames, fn = 0) {
    const root = callNode(fn);
    for (const frame of frames) this.add(root, frame);
    return root;
  }

  add(node, frame) {
    node.frames.push(frame);
    node.value += this.sums[frame];
    node.own += this.own[frame];
    if (!this.sideSums) return;
    node.before += this.sideSums.before[frame];
    node.after += this.sideSums.after[frame];
  }

  children(node) {
    if (node.opened) return node.opened;
    const { start, list } = this.lists;
    const groups = new Map();
    for (const caller of node.frames) {
      for (let place = start[caller]; place < start[caller + 1]; place += 1) {
        const frame = list[place];
        if (this.sums[frame] <= 0) continue;
        this.add(child(groups, node, this.tree, frame), frame);
      }
    }
    node.opened = costliestFirst(groups);
    return node.opened;
  }
}

/** From what allocated, or from one function, up to the callers. */
class Up {
  constructor(tree) {
    this.tree = tree;
  }

  /** All stacks: the first level is what allocated. `sides` are the weights before and after. */
  root(frames, weights, fn = 0, sides = undefined) {
    const root = callNode(fn);
    frames.forEach((frame, index) => Up.add(root, frame, weights[index], sides?.[0][index], sides?.[1][index]));
    return root;
  }

  static add(node, frame, weight, before, after) {
    node.frames.push(frame);
    (node.weights ??= []).push(weight);
    node.value += weight;
    if (before === undefined) return;
    node.sideWeights ??= [[], []];
    node.sideWeights[0].push(before);
    node.sideWeights[1].push(after);
    node.before += before;
    node.after += after;
  }

  children(node) {
    if (node.opened) return node.opened;
    const groups = new Map();
    for (let index = 0; index < node.frames.length; index += 1) {
      const from = node.frames[index];
      // Of the root of all stacks the frames are the first level themselves.
      const frame = node.parent || node.fn !== 0 ? this.tree.parent[from] : from;
      if (frame === 0) {
        node.own += node.weights[index];
        continue;
      }
      const group = child(groups, node, this.tree, frame);
      const sides = node.sideWeights;
      Up.add(group, frame, node.weights[index], sides?.[0][index], sides?.[1][index]);
    }
    node.opened = costliestFirst(groups);
    return node.opened;
  }
}

/** The outermost frames of a function: no frame of it calls them. */
export function outermostFrames(tree, fn) {
  const inside = new Uint8Array(tree.count);
  const frames = [];
  for (let node = 1; node < tree.count; node += 1) {
    inside[node] = inside[tree.parent[node]];
    if (tree.fn[node] !== fn) continue;
    if (!inside[node]) frames.push(node);
    inside[node] = 1;
  }
  return frames;
}

/** The stacks by one cost, and trees of calls of them; `sides` are the values of a comparison. */
export class CostView {
  constructor(source, values, sides = undefined) {
    this.tree = source.tree;
    this.stacks = source.stacks;
    this.values = values;
    this.lists = source.lists ??= childLists(source.tree);
    this.sums = inclusiveSums(this.tree, this.stacks, values);
    this.own = new Float64Array(this.tree.count);
    for (let index = 0; index < values.length; index += 1) {
      this.own[this.stacks.node[index]] += values[index];
    }
    this.total = this.sums[0];
    this.sides = sides;
    this.sideSums = sides && {
      before: inclusiveSums(this.tree, this.stacks, sides.before),
      after: inclusiveSums(this.tree, this.stacks, sides.after),
    };
  }

  down() {
    const trees = new Down(this);
    return { trees, root: trees.root([0]) };
  }

  up() {
    const chosen = [];
    for (let index = 0; index < this.values.length; index += 1) {
      if (this.values[index] > 0 && this.stacks.node[index] > 0) chosen.push(index);
    }
    const of = (values) => chosen.map((index) => values[index]);
    const trees = new Up(this.tree);
    const sides = this.sides && [of(this.sides.before), of(this.sides.after)];
    return { trees, root: trees.root(of(this.stacks.node), of(this.values), 0, sides) };
  }

  /** A function with those that it calls, and with those that call it. */
  around(fn) {
    const frames = outermostFrames(this.tree, fn).filter((frame) => this.sums[frame] > 0);
    const callees = new Down(this);
    const callers = new Up(this.tree);
    const of = (sums) => frames.map((frame) => sums[frame]);
    const sides = this.sideSums && [of(this.sideSums.before), of(this.sideSums.after)];
    return {
      callees: { trees: callees, root: callees.root(frames, fn) },
      callers: { trees: callers, root: callers.root(frames, of(this.sums), fn, sides) },
    };
  }

  /** What is allocated on stacks with a function that matches, each stack once. */
  matched(matches) {
    const inside = new Uint8Array(this.tree.count);
    let sum = 0;
    for (let node = 1; node < this.tree.count; node += 1) {
      inside[node] = inside[this.tree.parent[node]] || matches[this.tree.fn[node]] ? 1 : 0;
      if (inside[node]) sum += this.own[node];
    }
    return sum;
  }
}
