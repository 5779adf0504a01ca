// The time chart: heap, resident memory, marks, and how often was allocated, as one picture. The heap is
// divided into layers by what allocated it where that is asked for.

import { hues } from "./colours.mjs";
import { add, el, replace } from "./dom.mjs";
import { baseName, bytes, counted, duration, rate } from "./format.mjs";
import { layerings, layersOf, stackedBands } from "./layers.mjs";
import { intervalAt, spanMaxima, ticks } from "./times.mjs";

const svgSpace = "http://www.w3.org/2000/svg";
const margin = { left: 64, right: 12, top: 14 };
const heapHeight = 150;
const rateHeight = 34;
const gap = 22;

function svg(tag, attributes, text) {
  const element = document.createElementNS(svgSpace, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  if (text !== undefined) add(element, text);
  return element;
}

function outline(values, x, y) {
  return Array.from(values, (value, index) => `${index === 0 ? "M" : "L"}${x(index).toFixed(1)},${y(value).toFixed(1)}`).join("");
}

/** The colour of a layer, readable on light and dark; what is left has none. */
function layerColour(index) {
  return index < hues.length ? `hsl(${hues[index]} 62% 58%)` : "hsl(30 6% 58%)";
}

export class TimeChart {
  /** `owner` is told `choose(first, second)`, moments of a window, `clear()`, and `divide(grouping)`. */
  constructor(host, source, names, owner) {
    this.host = host;
    this.source = source;
    this.names = names;
    this.owner = owner;
    this.layers = [];
    this.legend = el("p", { class: "legend" });
    this.select = el(
      "select",
      { id: "layers", "aria-label": "Layers", onchange: () => owner.divide(this.select.value) },
      el("option", { value: "" }, "Heap as a whole"),
      layerings.map(([name, title]) => el("option", { value: name }, `Heap ${title}`)),
    );
    this.clear = el("button", { type: "button", id: "whole", onclick: () => owner.clear() }, "Whole run");
    this.readout = el("p", { class: "readout", "aria-live": "polite" });
  }

  /** Divides the heap into layers; by nothing into none. */
  divide(grouping) {
    this.select.value = grouping;
    this.layers = grouping === "" ? [] : layersOf(this.source, grouping, hues.length);
    this.titles = this.layers.map(({ node, count }) => (node === undefined ? `${counted(count, "other")}` : this.title(grouping, node)));
    this.draw();
  }

  title(grouping, node) {
    const { tree, facts } = this.source;
    if (node === 0) return "[no stack recorded]";
    if (tree.folded[node] > 0) return "[smaller stacks]";
    const file = this.names.file(node);
    if (grouping === "file" && file !== "") return baseName(file);
    if (grouping !== "function") return baseName(this.names.module(tree.fn[node])) || "[no module]";
    return facts.functions[tree.fn[node] - 1];
  }

  /** The layers below the heap's line, and what they are. */
  drawLayers(picture, yOf, start, end) {
    const { facts } = this.source;
    const momentOf = (edge) => Math.min(edge * facts.intervalNanoseconds, facts.run.durationNanoseconds);
    stackedBands(this.layers).forEach(({ lower, upper }, index) => {
      const point = (values) => (_, edge) => `${this.place(Math.max(start, Math.min(end, momentOf(edge)))).toFixed(1)},${yOf(values[edge]).toFixed(1)}`;
      const forth = Array.from(upper, point(upper));
      const back = Array.from(lower, point(lower));
      back.reverse();
      const area = svg("path", { d: `M${[...forth, ...back].join("L")}Z`, class: "layer", "data-title": this.titles[index], fill: layerColour(index) });
      area.append(svg("title", {}, `${this.titles[index]}, ${bytes(this.layers[index].peak)} at most`));
      picture.append(area);
    });
    replace(
      this.legend,
      this.layers.map(({ peak }, index) => {
        const sample = el("span", { class: "sample" });
        sample.style.setProperty("background", layerColour(index));
        return el("span", { class: "entry" }, sample, `${this.titles[index]}, ${bytes(peak)}`);
      }),
    );
  }

  get range() {
    const { end } = this.source.times;
    return [this.source.facts.run.startNanoseconds, end[end.length - 1] ?? 0];
  }

  draw() {
    const { times, facts } = this.source;
    const [start, end] = this.range;
    if (times.end.length === 0 || end <= start) {
      replace(this.host, el("p", { class: "quiet" }, "Nothing was recorded over time."));
      return;
    }
    const style = getComputedStyle(this.host);
    const width = Math.max(240, this.host.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight));
    const inner = width - margin.left - margin.right;
    const columns = Math.max(2, Math.floor(inner));
    const height = margin.top + heapHeight + gap + rateHeight + 24;
    const heap = spanMaxima(times.end, times.most, start, end, columns);
    const samples = times.resident;
    const resident = samples.time.length > 0 ? spanMaxima(samples.time, samples.bytes, start, end, columns) : undefined;
    const rates = this.rates(columns, start, end);
    const heapTop = Math.max(1, ...heap);
    const residentTop = resident ? Math.max(...resident) : 0;
    // Beside much more resident memory the heap would be a flat line: it has a scale of its own then.
    const sharesScale = residentTop > 0 && residentTop <= 4 * heapTop;
    const top = 1.04 * (sharesScale ? Math.max(heapTop, residentTop) : heapTop);
    const x = (column) => margin.left + ((column + 0.5) * inner) / columns;
    const yOf = (most) => (value) => margin.top + heapHeight * (1 - value / most);
    const y = yOf(top);
    const base = margin.top + heapHeight;
    const picture = svg("svg", {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "img",
      "aria-label": `Heap over time, ${bytes(heapTop)} at most`,
    });
    for (const tick of ticks(top, true)) {
      picture.append(
        svg("line", { x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick), class: "grid" }),
        svg("text", { x: margin.left - 8, y: y(tick) + 4, class: "label end" }, bytes(tick)),
      );
    }
    this.place = (moment) => margin.left + (inner * (moment - start)) / (end - start);
    if (this.layers.length > 0) this.drawLayers(picture, y, start, end);
    else picture.append(svg("path", { d: `${outline(heap, x, y)}L${x(columns - 1)},${base}L${x(0)},${base}Z`, class: "heap area" }));
    picture.append(
      svg("path", { d: outline(heap, x, y), class: "heap line" }),
    );
    if (resident) {
      picture.append(svg("path", { d: outline(resident, x, sharesScale ? y : yOf(1.04 * residentTop)), class: "resident line" }));
    }
    this.drawRates(picture, rates, x, base + gap, inner);
    this.drawTimes(picture, width, inner, start, end, height);
    this.drawMarks(picture, facts, inner, start, end, base);
    this.band = svg("rect", { y: margin.top, height: heapHeight, class: "band", visibility: "hidden" });
    picture.append(this.band);
    this.listen(picture, (place) => start + Math.min(1, Math.max(0, (place - margin.left) / inner)) * (end - start));
    const cursor = svg("line", { x1: -9, x2: -9, y1: margin.top, y2: base + gap + rateHeight, class: "cursor" });
    picture.append(cursor);
    picture.addEventListener("mousemove", (event) => {
      const place = event.clientX - picture.getBoundingClientRect().left;
      const share = Math.min(1, Math.max(0, (place - margin.left) / inner));
      cursor.setAttribute("x1", margin.left + share * inner);
      cursor.setAttribute("x2", margin.left + share * inner);
      this.tell(start + share * (end - start));
    });
    picture.addEventListener("mouseleave", () => {
      cursor.setAttribute("x1", -9);
      cursor.setAttribute("x2", -9);
      replace(this.readout, this.summary(heapTop, residentTop, sharesScale, rates));
    });
    replace(this.readout, this.summary(heapTop, residentTop, sharesScale, rates));
    replace(this.host, this.source.lives && this.select, this.readout, picture, this.layers.length > 0 && this.legend);
    this.shade();
  }

  /** A drag chooses a window, where the source can tell of one. */
  listen(picture, momentAt) {
    if (!this.source.lives) return;
    picture.classList.add("chooses");
    let from;
    const moment = (event) => momentAt(event.clientX - picture.getBoundingClientRect().left);
    picture.addEventListener("pointerdown", (event) => {
      from = moment(event);
      picture.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    picture.addEventListener("pointermove", (event) => {
      if (from !== undefined) this.shade([from, moment(event)]);
    });
    picture.addEventListener("pointerup", (event) => {
      const first = from;
      from = undefined;
      if (Math.abs(this.place(moment(event)) - this.place(first)) >= 3) this.owner.choose(first, moment(event));
      else this.shade();
    });
    picture.addEventListener("pointercancel", () => {
      from = undefined;
      this.shade();
    });
  }

  /** Shows the chosen window, or one that is being chosen. */
  show(moments) {
    this.moments = moments;
    this.shade();
  }

  shade(moments = this.moments) {
    if (!this.band) return;
    this.band.setAttribute("visibility", moments ? "visible" : "hidden");
    if (moments) {
      const [left, right] = moments[0] < moments[1] ? moments.map(this.place) : [this.place(moments[1]), this.place(moments[0])];
      this.band.setAttribute("x", left);
      this.band.setAttribute("width", Math.max(1, right - left));
    }
    if (this.moments && !this.clear.isConnected) this.host.append(this.clear);
    if (!this.moments) this.clear.remove();
  }

  summary(heapTop, residentTop, sharesScale, rates) {
    const seconds = this.secondsPerColumn(rates.length);
    const scale = residentTop > 0 && !sharesScale ? ", on its own scale" : "";
    return [
      el("span", { class: "key heap" }, `Heap, ${bytes(heapTop)} at most`),
      residentTop > 0 && el("span", { class: "key resident" }, `Resident, ${bytes(residentTop)} at most${scale}`),
      el("span", { class: "key rate" }, `Allocations, ${rate(Math.max(...rates) / seconds)} at most`),
      this.source.lives && el("span", { class: "key hint" }, "Drag to choose a window"),
    ];
  }

  secondsPerColumn(columns) {
    const [start, end] = this.range;
    return Math.max(1e-9, (end - start) / 1e9 / columns);
  }

  /** What the heap was at a moment. */
  tell(moment) {
    const { times } = this.source;
    const index = intervalAt(times.end, moment);
    const from = index === 0 ? this.range[0] : times.end[index - 1];
    const seconds = Math.max(1e-9, (times.end[index] - from) / 1e9);
    const sample = times.resident.time.length > 0 ? intervalAt(times.resident.time, moment) : undefined;
    replace(
      this.readout,
      el("span", { class: "key" }, `at ${duration(moment)}`),
      el("span", { class: "key heap" }, `${bytes(times.most[index])} live in ${counted(times.blocks[index], "block")}`),
      sample !== undefined && el("span", { class: "key resident" }, `${bytes(times.resident.bytes[sample])} resident`),
      el("span", { class: "key rate" }, rate(times.allocations[index] / seconds)),
    );
  }

  rates(columns, start, end) {
    const { times } = this.source;
    const sums = new Float64Array(columns);
    let from = start;
    for (let index = 0; index < times.end.length; index += 1) {
      const first = ((from - start) / (end - start)) * columns;
      const last = Math.min(columns, ((times.end[index] - start) / (end - start)) * columns);
      from = times.end[index];
      if (times.allocations[index] === 0) continue;
      if (last - first < 1e-9) {
        sums[Math.min(columns - 1, Math.floor(first))] += times.allocations[index];
        continue;
      }
      for (let column = Math.floor(first); column < last; column += 1) {
        const overlap = Math.min(last, column + 1) - Math.max(first, column);
        sums[column] += (times.allocations[index] * overlap) / (last - first);
      }
    }
    return sums;
  }

  drawRates(picture, rates, x, top, inner) {
    const most = Math.max(1e-9, ...rates);
    const bars = Array.from(rates, (value, index) => {
      if (value <= 0) return "";
      const height = Math.max(0.6, (rateHeight * value) / most);
      return `M${x(index).toFixed(1)},${top + rateHeight}v${-height.toFixed(1)}`;
    }).join("");
    picture.append(
      svg("path", { d: bars, class: "rate", "stroke-width": Math.max(1, inner / rates.length) }),
      svg("text", { x: margin.left - 8, y: top + rateHeight, class: "label end" }, "rate"),
    );
  }

  drawTimes(picture, width, inner, start, end, height) {
    const count = inner > 700 ? 5 : 2;
    for (let index = 0; index <= count; index += 1) {
      const anchor = index === 0 ? "" : index === count ? " end" : " middle";
      const moment = start + ((end - start) * index) / count;
      const text = moment === 0 ? "0" : duration(moment);
      picture.append(svg("text", { x: margin.left + (inner * index) / count, y: height - 5, class: `label${anchor}` }, text));
    }
  }

  drawMarks(picture, facts, inner, start, end, base) {
    const place = (moment) => margin.left + (inner * (moment - start)) / (end - start);
    for (const mark of facts.marks) {
      if (mark.timeNanoseconds < start || mark.timeNanoseconds > end) continue;
      const at = place(mark.timeNanoseconds);
      const line = svg("line", { x1: at, x2: at, y1: margin.top, y2: base, class: "mark" });
      line.append(svg("title", {}, `${mark.label}, at ${duration(mark.timeNanoseconds)}`));
      picture.append(line);
      if (facts.marks.length <= 12) {
        const isLate = at > margin.left + inner * 0.8;
        picture.append(svg("text", { x: at + (isLate ? -4 : 4), y: base + 13, class: `label mark${isLate ? " end" : ""}` }, mark.label.slice(0, 24)));
      }
    }
  }
}
