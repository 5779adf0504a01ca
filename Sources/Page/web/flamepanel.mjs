// The flame graph with all that belongs to it: the choice of cost and direction, search, zoom, the
// function that is chosen, and what is known of it.

import { CostView } from "./calls.mjs";
import { boxColour, changeColour, moduleHues } from "./colours.mjs";
import { add, byId, el, replace } from "./dom.mjs";
import { followPath, pathOf } from "./flame.mjs";
import { FlameView } from "./flameview.mjs";
import { amount, amountChange, baseName, percent } from "./format.mjs";
import { frameGroups, groupSums } from "./groups.mjs";

const directions = [
  ["down", "Icicle", "The outermost functions on top, what they call below"],
  ["flame", "Flame", "The outermost functions at the bottom, what they call above"],
  ["up", "Inverted", "What allocated on top, its callers below"],
];

export class FlamePanel {
  constructor(source, names, store) {
    this.source = source;
    this.names = names;
    this.store = store;
    this.views = new Map();
    this.functionGroups = undefined;
    this.matches = new Uint8Array(source.facts.functions.length + 1);
    this.build();
    store.subscribe((state, keys) => this.update(state, keys));
    new ResizeObserver(() => this.redraw()).observe(this.host);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  get costs() {
    return this.source.facts.costs.filter((cost) => cost.isAdditive);
  }

  /** The cost that boxes are as wide as: the chosen one, or where that does not add up the first. */
  cost(state) {
    return this.costs.find((cost) => cost.name === state.cost) ?? this.costs[0];
  }

  view(state) {
    const cost = this.cost(state);
    if (!this.views.has(cost.name)) {
      const { stacks, sides } = this.source;
      const both = sides && { before: sides.before[cost.name], after: sides.after[cost.name] };
      this.views.set(cost.name, new CostView(this.source, stacks.value[cost.name], both));
    }
    return this.views.get(cost.name);
  }

  build() {
    const { store } = this;
    this.select = el(
      "select",
      { id: "cost", "aria-label": "Cost", onchange: () => store.set({ cost: this.select.value }) },
    );
    this.offer();
    this.search = el("input", {
      id: "search",
      type: "search",
      placeholder: "Search functions ( / )",
      "aria-label": "Search functions",
      oninput: () => store.set({ search: this.search.value }),
    });
    this.buttons = directions.map(([name, title, help]) =>
      el("button", { type: "button", title: help, "data-tree": name, onclick: () => store.set({ tree: name, zoom: "" }) }, title),
    );
    this.reset = el("button", { type: "button", id: "reset", onclick: () => store.set({ zoom: "" }) }, "Reset zoom");
    this.status = el("p", { class: "status", "aria-live": "polite" });
    this.detail = el("div", { class: "detail" });
    this.host = el("div", { class: "canvases" });
    this.legend = el("p", { class: "legend" });
    this.main = this.canvas("Flame graph");
    this.callers = this.canvas("Callers");
    replace(
      byId("flame"),
      el(
        "div",
        { class: "bar", role: "toolbar", "aria-label": "Flame graph" },
        this.select,
        el("span", { class: "segments", role: "group", "aria-label": "Direction" }, this.buttons),
        this.search,
        this.reset,
      ),
      this.status,
      this.host,
      this.detail,
      this.legend,
    );
  }

  /** Shows another source of the same stacks. */
  use(source) {
    this.source = source;
    this.views.clear();
    this.hueCost = undefined;
    this.offer();
  }

  offer() {
    replace(
      this.select,
      this.source.facts.costs.map((cost) => el("option", { value: cost.name, title: cost.abstract }, cost.title)),
    );
  }

  canvas(label) {
    const canvas = el("canvas", { tabindex: 0, role: "application", "aria-label": `${label}: arrows walk along the boxes, Enter zooms, Escape goes back` });
    const view = new FlameView(canvas, {
      names: this.names,
      colourOf: (node, shade, isDark) => this.colourOf(node, shade, isDark),
      isMatch: (fn) => this.matches[fn] === 1,
      zoomTo: (node) => this.store.set({ zoom: pathOf(node).join(".") }),
      pick: (node) => this.pick(node),
      hover: (node, x, y) => this.hover(node, x, y),
    });
    return { canvas, view };
  }

  colourOf(node, shade, isDark) {
    if (this.source.sides) return changeColour(node.before, node.after, isDark);
    const module = node.fn === 0 ? 0 : this.source.facts.functionModules[node.fn - 1];
    return boxColour(this.hues?.get(module), shade, this.names.isOwn(node.fn), isDark);
  }

  /** What a box stands for, in words. */
  valueOf(node, cost, whole) {
    if (this.source.sides) return amountChange(cost, node.before, node.after);
    return `${amount(cost, node.value)}, ${percent(node.value, whole)} of all`;
  }

  pick(node) {
    if (node.fn !== 0 && this.store.state.tree !== "around") this.store.set({ function: String(node.fn) });
    this.tell(node);
  }

  hover(node, x, y) {
    const tip = byId("tip");
    tip.hidden = !node;
    if (!node) return;
    const cost = this.cost(this.store.state);
    const whole = this.view(this.store.state).total;
    const name = node.parent || node.fn ? this.names.call(node) : "all";
    replace(
      tip,
      el("strong", {}, name),
      el("span", {}, this.valueOf(node, cost, whole)),
      !this.source.sides && node.own > 0 && node.own < node.value && el("span", {}, `${amount(cost, node.own)} by itself`),
      node.fn !== 0 && el("span", { class: "place" }, baseName(this.names.module(node.fn))),
    );
    const bounds = tip.getBoundingClientRect();
    const left = Math.min(x + 14, window.innerWidth - bounds.width - 8);
    const top = y + 18 + bounds.height > window.innerHeight ? y - bounds.height - 12 : y + 18;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${Math.max(8, top)}px`;
  }

  update(state, keys) {
    const isOther = ["cost", "tree", "function", "zoom", "search", "window"].some((key) => keys.has(key));
    if (!isOther) return;
    if (keys.has("search") || keys.has("function")) this.match(state);
    this.redraw(state);
  }

  match(state) {
    const wanted = state.search.toLowerCase();
    const chosen = Number(state.function);
    this.isSearching = wanted !== "";
    for (let fn = 1; fn < this.matches.length; fn += 1) {
      const isFound = this.isSearching
        ? this.names.fn(fn).toLowerCase().includes(wanted) || this.names.module(fn).toLowerCase().includes(wanted)
        : fn === chosen;
      this.matches[fn] = isFound ? 1 : 0;
    }
  }

  redraw(state = this.store.state) {
    const view = this.view(state);
    const cost = this.cost(state);
    if (this.hueCost !== cost.name) this.colour(cost);
    this.select.value = state.cost;
    if (this.search.value !== state.search) this.search.value = state.search;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.tree === state.tree));
    this.reset.disabled = state.zoom === "";
    const path = state.zoom === "" ? [] : state.zoom.split(".").map(Number);
    if (state.tree === "around" && state.function !== "") this.drawAround(view, Number(state.function));
    else this.drawTree(view, state, path);
    this.tellStatus(state, view, cost);
    this.tellFunction(state, view, cost);
  }

  drawTree(view, state, path) {
    const key = state.tree === "up" ? "upTree" : "downTree";
    view[key] ??= state.tree === "up" ? view.up() : view.down();
    const { trees, root } = view[key];
    if (this.callers.canvas.isConnected || !this.main.canvas.isConnected) replace(this.host, this.main.canvas);
    const rootName = state.tree === "up" ? "all, by what allocated" : "all";
    this.main.view.show(trees, root, followPath(trees, root, path), { growsDown: state.tree !== "flame", rootName });
    // The root is in view.
    this.host.scrollTop = state.tree === "flame" ? this.host.scrollHeight : 0;
  }

  /** Callers above, callees below. */
  drawAround(view, fn) {
    const { callees, callers } = view.around(fn);
    if (!this.callers.canvas.isConnected) {
      replace(this.host, el("p", { class: "quiet" }, "Its callers"), this.callers.canvas, el("p", { class: "quiet" }, "What it calls"), this.main.canvas);
    }
    const rootName = this.names.fn(fn);
    this.callers.view.show(callers.trees, callers.root, callers.root, { growsDown: false, rootName });
    this.main.view.show(callees.trees, callees.root, callees.root, { growsDown: true, rootName });
  }

  colour(cost) {
    this.hueCost = cost.name;
    if (this.source.sides) {
      const kinds = [["grown", "grown"], ["shrunk", "shrunk"], ["same", "the same"]];
      replace(this.legend, kinds.map(([kind, title]) => el("span", { class: "entry" }, el("span", { class: `sample ${kind}` }), title)));
      return;
    }
    const { stacks, facts } = this.source;
    const groups = frameGroups(this.source, "module");
    const sums = groupSums(this.source, groups, stacks.value[cost.name], stacks.blocks[cost.name]);
    const byModule = new Map();
    groups.shown.forEach((node, group) => {
      const fn = this.source.tree.fn[node];
      byModule.set(fn === 0 ? 0 : facts.functionModules[fn - 1], sums.total[group]);
    });
    this.hues = moduleHues(facts, byModule);
    replace(
      this.legend,
      [...this.hues].map(([module, hue]) => {
        const sample = el("span", { class: "sample" });
        sample.style.setProperty("--hue", hue);
        return el("span", { class: "entry" }, sample, baseName(facts.modules[module - 1]));
      }),
    );
  }

  tellStatus(state, view, cost) {
    const chosen = this.source.facts.costs.find((each) => each.name === state.cost) ?? cost;
    const parts = [];
    if (!chosen.isAdditive) parts.push(`${chosen.title}: these do not add up, so boxes show ${cost.title.toLowerCase()}.`);
    if (this.isSearching) {
      const sum = view.matched(this.matches);
      const functions = this.matches.reduce((count, match) => count + match, 0);
      parts.push(`“${state.search}” is in ${functions === 1 ? "1 function" : `${functions} functions`}, on stacks with ${amount(cost, sum)}, ${percent(sum, view.total) || "0 %"} of all.`);
    } else if (this.source.sides) {
      parts.push(`${amountChange(cost, chosen.before, chosen.after)}: ${cost.abstract}. Boxes are as wide as the larger side.`);
    } else {
      parts.push(`${amount(cost, view.total)}: ${cost.abstract}${this.source.title ? `, ${this.source.title}` : ""}.`);
    }
    replace(this.status, parts.join(" "));
  }

  /** What is known of the chosen function. */
  tellFunction(state, view, cost) {
    const fn = Number(state.function);
    if (!(fn > 0) || fn > this.source.facts.functions.length) {
      replace(this.detail);
      return;
    }
    const groups = (this.functionGroups ??= frameGroups(this.source, "function"));
    const sums = (view.functionSums ??= groupSums(this.source, groups, view.values, this.source.stacks.blocks[cost.name]));
    const group = groups.ofNode[this.source.tree.fn.indexOf(fn)];
    const isAround = state.tree === "around";
    replace(
      this.detail,
      el("code", { class: "name" }, this.names.fn(fn)),
      el(
        "p",
        {},
        this.source.sides
          ? this.changeOf(groups, group, cost)
          : `${amount(cost, sums.total[group])} in all (${percent(sums.total[group], view.total)}), ` +
              `${amount(cost, sums.own[group])} by itself (${percent(sums.own[group], view.total)})`,
        this.names.module(fn) && el("span", { class: "place" }, ` · ${this.names.module(fn)}`),
      ),
      el(
        "p",
        { class: "actions" },
        el("button", { type: "button", id: "around", onclick: () => this.store.set({ tree: isAround ? "down" : "around", zoom: "" }) }, isAround ? "Back to all" : "Its callers and callees"),
        el("button", { type: "button", onclick: () => this.store.set({ function: "", tree: isAround ? "down" : state.tree }) }, "Deselect"),
      ),
    );
  }

  /** What became of a function, on the stacks of the comparison that go through it. */
  changeOf(groups, group, cost) {
    const { sides } = this.source;
    const [before, after] = ["before", "after"].map((side) =>
      groupSums(this.source, groups, sides[side][cost.name], this.source.stacks.blocks[cost.name]));
    return `${amountChange(cost, before.total[group], after.total[group])} in all, ` +
      `${amountChange(cost, before.own[group], after.own[group])} by itself`;
  }

  tell(node) {
    const cost = this.cost(this.store.state);
    const name = node.parent || node.fn ? this.names.call(node) : "all";
    this.main.canvas.setAttribute("aria-description", `${name}, ${this.valueOf(node, cost, this.view(this.store.state).total)}`);
    add(this.detail);
  }
}
