// Starts the page: reads its data, makes its parts, and keeps them and the address in step.

import { byId, el, replace } from "./dom.mjs";
import { FlamePanel } from "./flamepanel.mjs";
import { bytes, counted } from "./format.mjs";
import { TimeChart } from "./chart.mjs";
import { ComparisonViews, drawComparisonHead } from "./comparison.mjs";
import { drawAnswers, drawFoot, drawHead } from "./head.mjs";
import { layerings } from "./layers.mjs";
import { Names } from "./names.mjs";
import { embeddedSource } from "./source.mjs";
import { Store, fragmentOf, parseFragment } from "./state.mjs";
import { TableView } from "./tableview.mjs";
import { Views } from "./views.mjs";
import { costInWindow, momentsOf, parseWindow, windowAround, windowSource } from "./windows.mjs";

/** The state of the address, made one that the page can show. */
function shown(state, source, views) {
  const { costs } = source.facts;
  const isWindow = source.lives && parseWindow(state.window, source.facts.intervals);
  const known = costs.some((cost) => cost.name === state.cost);
  const first = costs.find((cost) => cost.name === "peak") ?? costs[0];
  return {
    ...state,
    window: isWindow ? state.window : "",
    layers: source.lives && layerings.some(([name]) => name === state.layers) ? state.layers : "",
    cost: isWindow ? costInWindow(state.cost) : known ? state.cost : first.name,
    view: views.list.some(([name]) => name === state.view) ? state.view : "functions",
    tree: ["down", "flame", "up", "around"].includes(state.tree) ? state.tree : "down",
  };
}

class TablePanel {
  constructor(source, views, store) {
    this.source = source;
    this.views = views;
    this.store = store;
    this.tabs = views.list.map(([name, title]) =>
      el("button", { type: "button", role: "tab", id: `tab-${name}`, "data-view": name, onclick: () => store.set({ view: name, sort: "", filter: "" }), onkeydown: (event) => this.key(event) }, title),
    );
    this.note = el("div", { class: "preface" });
    const host = el("div", { role: "tabpanel" });
    replace(byId("tables"), el("div", { class: "tabs", role: "tablist" }, this.tabs), this.note, host);
    this.table = new TableView(host, {
      sortBy: (order) => store.set({ sort: order }),
      filterBy: (text) => store.set({ filter: text }),
      isPicked: (row) => row.fn > 0 && String(row.fn) === store.state.function,
      pick: (row) => row.fn > 0 && store.set({ function: String(row.fn) }),
    });
    store.subscribe((state, keys) => {
      if (["view", "cost", "sort", "filter", "function", "window"].some((key) => keys.has(key))) this.draw(state);
    });
  }

  /** Shows another source of the same stacks. */
  use(source) {
    this.source = source;
    this.views.use(source);
  }

  key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const place = this.tabs.indexOf(event.currentTarget) + step;
    const next = this.tabs[(place + this.tabs.length) % this.tabs.length];
    next.focus();
    next.click();
  }

  aboutWindow() {
    const { title, peak } = this.source;
    return `Of the window from ${title}, in which ${bytes(peak.bytes)} in ${counted(peak.blocks, "block")} were live at most.`;
  }

  draw(state) {
    for (const tab of this.tabs) {
      const isChosen = tab.dataset.view === state.view;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
    const cost = this.source.facts.costs.find((each) => each.name === state.cost);
    const additive = cost.isAdditive || state.view === "stacks" ? cost : this.source.facts.costs[0];
    const definition = this.views.table(state.view, additive);
    const isOfWindow = ["functions", "stacks", "lines", "files", "modules"].includes(state.view);
    const about = this.source.window && el("p", {}, isOfWindow ? this.aboutWindow() : "Of the whole run, whatever window is chosen.");
    replace(this.note, about || [], definition.note || []);
    this.table.show(definition, { order: state.sort, filter: state.filter });
  }
}

/** Makes all parts for a source. */
function start(source) {
  const names = new Names(source);
  const views = source.sides ? new ComparisonViews(source, names) : new Views(source, names);
  const store = new Store(shown(parseFragment(location.hash), source, views));
  // First of all that are told: what the others draw is of the window.
  store.subscribe((state, keys) => keys.has("window") && useWindow(state));
  store.subscribe((state, keys) => keys.has("layers") && chart && chart.divide(state.layers));
  if (source.sides) drawComparisonHead(source);
  else drawHead(source);
  function choose(first, second) {
    const { from, to } = windowAround(first, second, source.facts);
    store.set(shown({ ...store.state, window: `${from}-${to}`, zoom: "" }, source, views));
  }
  views.choose = choose;
  const chart = !source.sides && new TimeChart(byId("time"), source, names, {
    choose,
    divide: (layers) => store.set({ layers }),
    clear: () => store.set(shown({ ...store.state, window: "", zoom: "" }, source, views)),
  });
  let current = source;
  function useWindow(state) {
    const window = parseWindow(state.window, source.facts.intervals);
    current = window ? windowSource(source, window) : source;
    flame.use(current);
    tables.use(current);
    chart.show(window && momentsOf(window, source.facts));
  }
  const flame = new FlamePanel(source, names, store);
  const tables = new TablePanel(source, views, store);
  const costOf = (state) => current.facts.costs.find((cost) => cost.name === state.cost);

  function go(link) {
    const given = Object.fromEntries(new URLSearchParams(link));
    const isTime = given.view === "time";
    if (isTime) delete given.view;
    // Answers are about the whole run.
    if (given.cost) Object.assign(given, { zoom: "", window: "" });
    if (given.view) Object.assign(given, { sort: "", filter: "" });
    store.set(given);
    const target = isTime ? "time" : given.view ? "tables" : "flame";
    byId(target).scrollIntoView({ behavior: "smooth" });
  }

  drawAnswers(source, go);
  store.subscribe((state, keys) => {
    const fragment = fragmentOf(state);
    // A link of its own for each choice, but no step back for each letter typed.
    const way = keys.has("search") || keys.has("filter") ? "replaceState" : "pushState";
    if (`#${fragment}` !== location.hash) history[way](null, "", `#${fragment}`);
    if (keys.has("cost")) drawFoot(current, costOf(state));
  });
  window.addEventListener("popstate", () => store.set(shown(parseFragment(location.hash), source, views)));
  if (chart) window.addEventListener("resize", () => chart.draw());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || /^(input|select|textarea)$/i.test(event.target.tagName)) return;
    event.preventDefault();
    byId("search").focus();
  });
  if (chart) chart.divide(store.state.layers);
  if (store.state.window !== "") useWindow(store.state);
  flame.match(store.state);
  flame.redraw();
  tables.draw(store.state);
  drawFoot(current, costOf(store.state));
  document.body.classList.add("ready");
}

try {
  start(await embeddedSource(byId("data").textContent));
} catch (error) {
  replace(byId("answers"), el("p", { class: "damage", role: "alert" }, `This page cannot be shown: ${error.message}`));
  throw error;
}
