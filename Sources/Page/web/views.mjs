// Which tables the page has, and what is in their rows.

import { add, el } from "./dom.mjs";
import { amount, baseName, bytes, counted, duration, grouped, percent } from "./format.mjs";
import { frameGroups, framesOf, groupSums, memberSum, mergedStacks } from "./groups.mjs";
import { phasesTable, snapshotsTable } from "./phases.mjs";
import { column } from "./tables.mjs";

const shownStacks = 5;

/** A share as a bar and a figure. */
function shareColumn(key, title, value, total) {
  return {
    ...column(key, title, { text: (row) => percent(value(row), total), value }),
    kind: "number share",
    draw(cell, row) {
      const share = total > 0 ? value(row) / total : 0;
      cell.style.setProperty("--share", `${Math.min(100, share * 100).toFixed(2)}%`);
      add(cell, el("span", {}, percent(value(row), total)));
    },
  };
}

function valueColumn(key, title, cost, value, help) {
  return column(key, title, { text: (row) => amount(cost, value(row)), value, help });
}

function countColumn(key, title, value, help) {
  return column(key, title, { text: (row) => grouped(value(row)), value, help });
}

function textColumn(key, title, text) {
  return column(key, title, { text, kind: "text" });
}

export class Views {
  constructor(source, names) {
    this.source = source;
    // What is told of the run alone is of the whole run.
    this.whole = source;
    this.names = names;
    this.known = new Map();
    // Called with the two moments of a window that is to be shown.
    this.choose = undefined;
  }

  /** Shows another source of the same stacks. */
  use(source) {
    this.source = source;
    this.known.clear();
  }

  /** The names and titles of the tables that have anything to show. */
  get list() {
    const { facts } = this.source;
    return [
      ["functions", "Functions"],
      ["stacks", "Stacks"],
      ["lines", "Lines"],
      ["files", "Files"],
      ["modules", "Modules"],
      facts.threads.length > 0 && ["threads", "Threads"],
      facts.sizes.length > 0 && ["sizes", "Sizes"],
      facts.lifetimes.length > 0 && ["lifetimes", "Lifetimes"],
      ["leaks", "Leaks"],
      facts.growth && ["growth", "Growth"],
      facts.phases?.length > 0 && ["phases", "Phases"],
      facts.snapshots?.length > 0 && ["snapshots", "Snapshots"],
      facts.processes.length > 0 && ["processes", "Processes"],
    ].filter(Boolean);
  }

  /** A table by its name, for one cost. */
  table(name, cost) {
    const key = `${name} ${cost.name}`;
    if (!this.known.has(key)) this.known.set(key, this.made(name, cost));
    return this.known.get(key);
  }

  made(name, cost) {
    switch (name) {
      case "stacks":
        return this.stacks(cost);
      case "lines":
      case "files":
      case "modules":
        return this.groups(name, name.slice(0, -1), cost);
      case "threads":
        return this.threads();
      case "sizes":
        return this.histogram("sizes", this.source.facts.sizes, "Size", (bar) =>
          bar.least === bar.most ? `${bar.least} B` : `${bytes(bar.least)} to ${bytes(bar.most)}`,
        );
      case "lifetimes":
        return this.histogram("lifetimes", this.source.facts.lifetimes, "Lifetime", (bar) =>
          bar.most === 0 ? "not seen" : `${duration(bar.least)} to ${duration(bar.most + 1)}`,
        );
      case "leaks":
        return this.leaks();
      case "growth":
        return this.growth();
      case "phases":
        return phasesTable(this.source, this.choose);
      case "snapshots":
        return snapshotsTable(this.source, this.choose);
      case "processes":
        return this.processes();
      default:
        return this.groups("functions", "function", cost);
    }
  }

  // Groups of frames

  groups(name, grouping, cost) {
    const { stacks, tree } = this.source;
    const groups = frameGroups(this.source, grouping);
    const sums = groupSums(this.source, groups, stacks.value[cost.name], stacks.blocks[cost.name]);
    const rows = groups.shown
      .map((node, group) => ({
        key: group,
        node,
        fn: grouping === "function" || grouping === "line" ? tree.fn[node] : 0,
        name: this.groupName(grouping, node),
        module: this.names.module(tree.fn[node]),
        own: sums.own[group],
        total: sums.total[group],
        blocks: sums.totalBlocks[group],
        ownBlocks: sums.ownBlocks[group],
      }))
      .filter((row) => row.blocks > 0 || row.total > 0);
    const title = { function: "Function", line: "Line", file: "File", module: "Module" }[grouping];
    const columns = [
      valueColumn("own", "Self", cost, (row) => row.own, "allocated by itself"),
      shareColumn("ownShare", "of all", (row) => row.own, cost.total),
      valueColumn("total", "Total", cost, (row) => row.total, "allocated by itself and what it calls"),
      shareColumn("totalShare", "of all", (row) => row.total, cost.total),
      countColumn("blocks", "Blocks", (row) => row.blocks, "blocks of the total"),
      this.nameColumn(title),
    ];
    if (grouping === "function") columns.push(textColumn("module", "Module", (row) => baseName(row.module)));
    return {
      name,
      columns,
      rows,
      order: "-own",
      textOf: (row) => `${row.name} ${row.module}`,
      open: (row) => this.stackList(this.stacksThrough(groups, row.key, cost), cost),
    };
  }

  nameColumn(title) {
    return {
      ...textColumn("name", title, (row) => row.name),
      draw: (cell, row) => {
        const isLibrary = row.fn > 0 && !this.names.isOwn(row.fn);
        add(cell, el("code", { class: isLibrary ? "library" : "own", title: row.name }, row.name));
      },
    };
  }

  groupName(grouping, node) {
    const { tree, facts } = this.source;
    const fn = tree.fn[node];
    if (node === 0) return "[no stack recorded]";
    if (tree.folded[node] > 0) return "[smaller stacks]";
    const module = this.names.module(fn) || "[no module]";
    const file = tree.file[node] === 0 ? "" : facts.files[tree.file[node] - 1];
    if (grouping === "module") return module;
    if (grouping === "file") return file || module;
    if (grouping === "line" && file !== "" && tree.line[node] > 0) return `${file}:${tree.line[node]}`;
    return this.names.fn(fn);
  }

  /** The costliest stacks with a frame of a group. */
  stacksThrough(groups, group, cost) {
    const { stacks, tree } = this.source;
    const values = stacks.value[cost.name];
    const found = [];
    for (let index = 0; index < stacks.node.length; index += 1) {
      if (values[index] === 0) continue;
      let node = stacks.node[index];
      do {
        if (groups.ofNode[node] === group) {
          found.push(index);
          break;
        }
        node = tree.parent[node];
      } while (node !== 0);
    }
    found.sort((left, right) => values[right] - values[left]);
    return found.map((index) => ({
      node: stacks.node[index],
      value: values[index],
      blocks: stacks.blocks[cost.name][index],
    }));
  }

  /** Stacks at length, the first of many. */
  stackList(list, cost) {
    return [
      list.slice(0, shownStacks).map((stack) =>
        el(
          "div",
          { class: "stack" },
          el("p", {}, `${amount(cost, stack.value)} in ${counted(stack.blocks, "block")}`),
          this.frames(stack.node),
        ),
      ),
      list.length > shownStacks && el("p", { class: "quiet" }, `and ${counted(list.length - shownStacks, "more stack")}`),
    ];
  }

  /** The frames of a stack, innermost first. */
  frames(node) {
    const { tree } = this.source;
    const list = framesOf(tree, node);
    if (list.length === 0) return el("p", { class: "quiet" }, "No stack was recorded.");
    return el(
      "ol",
      { class: "frames" },
      list.map((frame) => {
        const flags = tree.flags[frame];
        const remarks = [flags & 1 && "inlined", flags & 2 && "tail call", flags & 4 && "recursive"].filter(Boolean);
        const isOwn = this.names.isOwn(tree.fn[frame]);
        return el(
          "li",
          {},
          el("code", { class: isOwn ? "own" : "library" }, this.names.node(frame)),
          el("span", { class: "place" }, ` ${this.names.place(frame)}`),
          remarks.length > 0 && el("span", { class: "place" }, ` (${remarks.join(", ")})`),
        );
      }),
    );
  }

  // Stacks

  /** A stack in a line: what allocated, then the innermost function of the program's own and its callers. */
  reference(node) {
    const { tree } = this.source;
    const list = framesOf(tree, node);
    if (list.length === 0) return "[no stack recorded]";
    const own = Math.max(0, list.findIndex((frame) => this.names.isOwn(tree.fn[frame])));
    const names = list.slice(own, own + 3).map((frame) => this.names.node(frame));
    if (own > 0) names.unshift(own > 1 ? `${this.names.node(list[0])} ← …` : this.names.node(list[0]));
    return names.join(" ← ") + (list.length > own + 3 ? " ← …" : "");
  }

  stacks(cost) {
    const { stacks } = this.source;
    this.members ??= mergedStacks(this.source);
    const rows = this.members
      .map((members, key) => ({
        key,
        node: stacks.node[members[0]],
        fn: 0,
        value: memberSum(members, stacks.value[cost.name], cost.isAdditive),
        blocks: memberSum(members, stacks.blocks[cost.name], cost.isAdditive),
      }))
      .filter((row) => row.blocks > 0);
    for (const row of rows) row.name = this.reference(row.node);
    return {
      name: "stacks",
      columns: [
        valueColumn("value", cost.isBytes ? "Bytes" : "Count", cost, (row) => row.value),
        shareColumn("share", "of all", (row) => row.value, cost.total),
        countColumn("blocks", "Blocks", (row) => row.blocks),
        this.nameColumn("Stack"),
      ],
      rows,
      order: "-value",
      textOf: (row) => framesOf(this.source.tree, row.node).map((frame) => this.names.node(frame)).join(" "),
      open: (row) => this.frames(row.node),
    };
  }

  leaks() {
    const { stacks } = this.whole;
    const cost = { isBytes: true };
    this.members ??= mergedStacks(this.source);
    const rows = this.members
      .map((members, key) => ({
        key,
        node: stacks.node[members[0]],
        fn: 0,
        value: memberSum(members, stacks.value.leaked, true) - memberSum(members, stacks.suppressed, true),
        blocks: memberSum(members, stacks.blocks.leaked, true) - memberSum(members, stacks.suppressedBlocks, true),
      }))
      .filter((row) => row.blocks > 0);
    for (const row of rows) row.name = this.reference(row.node);
    const total = rows.reduce((sum, row) => sum + row.value, 0);
    return {
      name: "leaks",
      note: this.leakNote(),
      columns: [
        valueColumn("value", "Leaked", cost, (row) => row.value),
        shareColumn("share", "of these", (row) => row.value, total),
        countColumn("blocks", "Blocks", (row) => row.blocks),
        this.nameColumn("Stack"),
      ],
      rows,
      order: "-value",
      textOf: (row) => framesOf(this.source.tree, row.node).map((frame) => this.names.node(frame)).join(" "),
      open: (row) => this.frames(row.node),
    };
  }

  leakNote() {
    const list = this.source.facts.suppressions;
    const about = el(
      "p",
      {},
      "Blocks that were live when the trace ended, by the stack that allocated them. Whether the program could still reach them cannot be known from a trace.",
    );
    if (list.length === 0) return [about];
    return [
      about,
      el("p", {}, "Left out, because a suppression matches:"),
      el(
        "ul",
        { class: "suppressions" },
        list.map((use) =>
          el("li", {}, el("code", {}, `leak:${use.pattern}`), ` ${bytes(use.bytes)} in ${counted(use.blocks, "block")}${use.builtIn ? "" : ", given"}`),
        ),
      ),
    ];
  }

  // Facts

  threads() {
    const { facts } = this.source;
    const cost = { isBytes: true };
    const isGroup = facts.threads.some((thread) => thread.pid !== null);
    const total = facts.threads.reduce((sum, thread) => sum + thread.bytes, 0);
    return {
      name: "threads",
      note: facts.threadCount > facts.threads.length && [el("p", {}, `The first ${facts.threads.length} of ${counted(facts.threadCount, "thread")}.`)],
      columns: [
        valueColumn("bytes", "Allocated", cost, (row) => row.bytes),
        shareColumn("share", "of all", (row) => row.bytes, total),
        countColumn("allocations", "Allocations", (row) => row.allocations),
        valueColumn("leaked", "Leaked", cost, (row) => row.leaked),
        countColumn("temporary", "Temporary", (row) => row.temporary),
        isGroup && column("pid", "Pid", { text: (row) => String(row.pid), value: (row) => row.pid }),
        column("tid", "Tid", { text: (row) => (row.tid === 0 ? "?" : String(row.tid)), value: (row) => row.tid }),
        textColumn("name", "Thread", (row) => row.name || `thread ${row.id}`),
      ].filter(Boolean),
      rows: facts.threads.map((thread, key) => ({ ...thread, key })),
      order: "-bytes",
      textOf: (row) => `${row.name} ${row.tid} ${row.id}`,
    };
  }

  histogram(name, bars, title, label) {
    const cost = { isBytes: true };
    const blocks = bars.reduce((sum, bar) => sum + bar.blocks, 0);
    return {
      name,
      columns: [
        column("least", title, { text: label, value: (row) => row.least }),
        countColumn("blocks", "Blocks", (row) => row.blocks),
        shareColumn("share", "of all", (row) => row.blocks, blocks),
        valueColumn("bytes", "Bytes", cost, (row) => row.bytes),
        name === "sizes" && valueColumn("liveBytes", "Live at the end", cost, (row) => row.liveBytes),
      ].filter(Boolean),
      rows: bars.map((bar, key) => ({ ...bar, key })),
      order: "least",
      textOf: label,
    };
  }

  growth() {
    const { growth } = this.source.facts;
    return {
      name: "growth",
      note: [el("p", {}, growth.explanation), el("p", { class: "quiet" }, "Judged by the least that each had live in every window of the run, drawn beside it.")],
      columns: [
        column("rate", "Grows by", {
          text: (row) => (row.bytesPerSecond > 0 ? `${bytes(row.bytesPerSecond)}/s` : "–"),
          value: (row) => row.bytesPerSecond,
        }),
        valueColumn("kept", "Keeps", { isBytes: true }, (row) => row.keptBytes),
        {
          ...column("course", "Course", { text: () => "", value: (row) => row.keptBytes }),
          kind: "course",
          draw: (cell, row) => add(cell, sparkline(row.least)),
        },
        textColumn("verdict", "Verdict", (row) => row.words),
        this.nameColumn("Stack"),
      ],
      rows: growth.rows.map((row, key) => ({
        ...row,
        key,
        fn: 0,
        name: this.reference(row.node) + (row.stacks > 1 ? ` and ${counted(row.stacks - 1, "other stack")}` : ""),
      })),
      order: "",
      textOf: (row) => `${row.words} ${row.name}`,
      open: (row) => this.frames(row.node),
    };
  }

  processes() {
    const { facts } = this.source;
    const cost = { isBytes: true };
    return {
      name: "processes",
      note: facts.processCount > facts.processes.length && [el("p", {}, `The first ${facts.processes.length} of ${facts.processCount}.`)],
      columns: [
        column("pid", "Pid", { text: (row) => String(row.pid), value: (row) => row.pid }),
        valueColumn("bytes", "Allocated", cost, (row) => row.bytes),
        countColumn("allocations", "Allocations", (row) => row.allocations),
        valueColumn("peak", "Peak", cost, (row) => row.peak),
        valueColumn("leaked", "Leaked", cost, (row) => row.leaked),
        column("time", "Time", { text: (row) => duration(row.durationNanoseconds), value: (row) => row.durationNanoseconds }),
        {
          ...textColumn("name", "Process", (row) => row.name),
          draw(cell, row) {
            cell.style.setProperty("--depth", Math.min(row.depth, 8));
            add(cell, el("code", {}, row.name), row.ending && el("span", { class: "place" }, ` [${row.ending}]`));
          },
        },
      ],
      rows: facts.processes.map((process, key) => ({ ...process, key })),
      order: "",
      textOf: (row) => `${row.name} ${row.pid} ${row.ending ?? ""}`,
    };
  }
}

/** A course of values as a small line. */
function sparkline(values) {
  const space = "http://www.w3.org/2000/svg";
  const top = Math.max(1, ...values);
  const step = 96 / Math.max(1, values.length - 1);
  const points = values.map((value, index) => `${(index * step + 2).toFixed(1)},${(20 - (16 * value) / top).toFixed(1)}`);
  const picture = document.createElementNS(space, "svg");
  for (const [name, value] of [["width", 100], ["height", 22], ["class", "sparkline"], ["aria-hidden", "true"]]) {
    picture.setAttribute(name, value);
  }
  const line = document.createElementNS(space, "polyline");
  line.setAttribute("points", points.join(" "));
  picture.append(line);
  return picture;
}

