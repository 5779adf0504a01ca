// The flame graph on its canvas: draws the boxes of `layout`, and answers pointer and keyboard. It holds
// no choice of its own; what is chosen is told to its owner.

import { shadeOf } from "./colours.mjs";
import { boxAt, layout } from "./flame.mjs";
import { fitted } from "./names.mjs";

const rowHeight = 19;
const letterWidth = 6.65;
const padding = 5;

export class FlameView {
  /**
   * `owner` has `names`, `colourOf(node, shade, isDark)`, `isMatch(fn)`, and is told `zoomTo(node)`, `pick(node)` and
   * `hover(node, x, y)`.
   */
  constructor(canvas, owner) {
    this.canvas = canvas;
    this.owner = owner;
    this.shades = new Map();
    this.focus = undefined;
    canvas.addEventListener("mousemove", (event) => this.hover(event));
    canvas.addEventListener("mouseleave", () => owner.hover(undefined));
    canvas.addEventListener("click", (event) => {
      const box = this.boxOf(event);
      if (box) this.choose(box.node);
    });
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  choose(node) {
    this.focus = node;
    this.owner.pick(node);
    this.owner.zoomTo(node);
  }

  /** Shows a tree of calls; `growsDown` draws the root at the top. */
  show(trees, root, zoomed, { growsDown, rootName }) {
    Object.assign(this, { trees, root, zoomed, growsDown, rootName });
    this.focus = undefined;
    this.draw();
  }

  boxOf(event) {
    if (!this.boxes) return undefined;
    const bounds = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - bounds.top) / rowHeight);
    return boxAt(this.boxes, event.clientX - bounds.left, this.growsDown ? row : this.levels - 1 - row);
  }

  hover(event) {
    const box = this.boxOf(event);
    if (box?.node !== this.hovered) {
      this.hovered = box?.node;
      this.schedule();
    }
    this.owner.hover(box?.node, event.clientX, event.clientY);
  }

  /** Arrows walk along boxes, Enter zooms, Escape goes back. */
  key(event) {
    const at = this.focus ?? this.zoomed;
    const siblings = at.parent ? this.trees.children(at.parent) : [at];
    const place = siblings.indexOf(at);
    const inward = this.growsDown ? "ArrowDown" : "ArrowUp";
    const outward = this.growsDown ? "ArrowUp" : "ArrowDown";
    let next;
    if (event.key === inward) next = this.trees.children(at)[0];
    else if (event.key === outward) next = at.parent;
    else if (event.key === "ArrowRight") next = siblings[place + 1];
    else if (event.key === "ArrowLeft") next = siblings[place - 1];
    else if (event.key === "Enter") this.choose(at);
    else if (event.key === "Escape" || event.key === "Backspace") {
      this.owner.zoomTo(event.key === "Escape" ? this.root : (this.zoomed.parent ?? this.root));
    } else return;
    event.preventDefault();
    if (!next) return;
    this.focus = next;
    this.owner.pick(next);
    this.schedule();
  }

  schedule() {
    this.pending ??= requestAnimationFrame(() => {
      this.pending = undefined;
      this.draw();
    });
  }

  draw() {
    if (!this.trees) return;
    const width = this.canvas.parentElement.clientWidth;
    const { boxes, levels } = layout(this.trees, this.zoomed, width);
    this.boxes = boxes;
    this.levels = Math.max(levels, 4);
    const height = this.levels * rowHeight + 1;
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== size[0] || this.canvas.height !== size[1]) {
      [this.canvas.width, this.canvas.height] = size;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    const context = this.canvas.getContext("2d");
    const styles = getComputedStyle(this.canvas);
    this.theme = {
      isDark: styles.getPropertyValue("--is-dark").trim() === "1",
      ink: styles.getPropertyValue("--box-ink"),
      found: styles.getPropertyValue("--found"),
      edge: styles.getPropertyValue("--ink"),
      root: styles.getPropertyValue("--root"),
    };
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = "11px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace";
    context.textBaseline = "middle";
    for (const box of boxes) this.drawBox(context, box);
  }

  drawBox(context, { node, x, width, level, isPassed }) {
    const y = (this.growsDown ? level : this.levels - 1 - level) * rowHeight;
    const isRoot = !node.parent;
    const name = isRoot ? this.rootName : this.owner.names.call(node);
    const isFound = !isRoot && this.owner.isMatch(node.fn);
    context.globalAlpha = isPassed ? 0.5 : 1;
    context.fillStyle = isRoot
      ? this.theme.root
      : isFound
        ? this.theme.found
        : this.owner.colourOf(node, this.shade(name), this.theme.isDark);
    const gap = width > 3 ? 1 : 0;
    context.fillRect(x, y, Math.max(width - gap, 0.5), rowHeight - 1);
    context.globalAlpha = 1;
    if (node === this.focus || node === this.hovered) {
      context.strokeStyle = this.theme.edge;
      context.lineWidth = node === this.focus ? 2 : 1;
      context.strokeRect(x + 0.5, y + 0.5, Math.max(width - gap - 1, 1), rowHeight - 2);
    }
    const columns = Math.floor((width - 2 * padding) / letterWidth);
    if (columns < 3) return;
    context.fillStyle = this.theme.ink;
    context.globalAlpha = isPassed ? 0.75 : 1;
    context.fillText(fitted(name, columns), x + padding, y + rowHeight / 2);
    context.globalAlpha = 1;
  }

  shade(name) {
    let shade = this.shades.get(name);
    if (shade === undefined) {
      shade = shadeOf(name);
      this.shades.set(name, shade);
    }
    return shade;
  }
}
