// What a flame graph does in a browser: a click zooms into a box, Escape and a click on the
// background go back, the field on the right searches and says which share of the whole was found.
// All figures are read from the drawn elements.
(function () {
  "use strict";
  const svg = document.documentElement;
  const space = "http://www.w3.org/2000/svg";
  const margin = 10;
  const characterWidth = 6.7;
  const padding = 6;
  const whole = svg.viewBox.baseVal.width - 2 * margin;

  const boxes = Array.from(document.querySelectorAll(".box"), (element) => {
    const rect = element.querySelector("rect");
    const title = element.querySelector("title").textContent.split("\n");
    return {
      element,
      rect,
      text: element.querySelector("text"),
      name: title[0],
      words: title.slice(0, -1).join(" ").toLowerCase(), // the last line is figures
      x: Number(rect.getAttribute("x")) - margin,
      width: Number(rect.getAttribute("width")),
      y: Number(rect.getAttribute("y")),
    };
  });

  function fitted(name, width) {
    const room = Math.floor((width - padding) / characterWidth);
    if (name.length <= room) return name;
    if (room < 3) return "";
    const last = name.replace(/\(.*/s, "").split("::").pop() || name;
    return last.length <= room ? last : last.slice(0, room - 1) + "…";
  }

  // Boxes of the zoomed part fill the picture; those it stands on stay, pale and at full width.
  function zoom(target) {
    const start = target ? target.x : 0;
    const width = target ? target.width : whole;
    const slack = 0.02;
    for (const box of boxes) {
      const isInside = box.x >= start - slack && box.x + box.width <= start + width + slack;
      const isAround = box.x <= start + slack && box.x + box.width >= start + width - slack;
      const isBelow = target && box !== target && isAround && !isAbove(box, target);
      const isShown = !target || isBelow || (isInside && (box === target || isAbove(box, target)));
      box.element.style.display = isShown ? "" : "none";
      if (!isShown) continue;
      const x = isBelow ? 0 : ((box.x - start) / width) * whole;
      const w = isBelow ? whole : (box.width / width) * whole;
      box.rect.setAttribute("x", x + margin);
      box.rect.setAttribute("width", w);
      box.text.setAttribute("x", x + margin + padding / 2);
      box.text.textContent = fitted(box.name, w);
      box.element.classList.toggle("passed", Boolean(isBelow));
    }
    reset.style.display = target ? "" : "none";
  }

  // Whether a box is farther from where stacks begin than another.
  const isUpwards = boxes.length > 0 && boxes[0].y > svg.viewBox.baseVal.height / 2;
  function isAbove(box, other) {
    return isUpwards ? box.y < other.y : box.y > other.y;
  }

  function search(words) {
    const wanted = words.trim().toLowerCase();
    const found = [];
    for (const box of boxes) {
      const isFound = wanted !== "" && box.words.includes(wanted);
      box.element.classList.toggle("found", isFound);
      if (isFound) found.push(box);
    }
    // A match that stands on another is part of it.
    let share = 0;
    let end = -1;
    found.sort((a, b) => a.x - b.x || b.width - a.width);
    for (const box of found) {
      if (box.x + box.width <= end + 0.001) continue;
      share += box.width - Math.max(0, end - box.x);
      end = box.x + box.width;
    }
    matched.textContent = wanted === "" ? "" : `${((100 * share) / whole).toFixed(1)} % matched`;
  }

  function label(x, anchor, content) {
    const text = document.createElementNS(space, "text");
    text.setAttribute("class", "note");
    text.setAttribute("x", x);
    text.setAttribute("y", 43);
    text.setAttribute("text-anchor", anchor);
    text.textContent = content;
    return svg.appendChild(text);
  }

  const right = margin + whole;
  const matched = label(right, "end", "");
  const reset = label(right - 150, "end", "↺ whole picture");
  reset.style.cursor = "pointer";
  reset.style.display = "none";

  const holder = document.createElementNS(space, "foreignObject");
  for (const [name, value] of [["x", right - 220], ["y", 6], ["width", 220], ["height", 26]]) {
    holder.setAttribute(name, value);
  }
  const field = document.createElementNS("http://www.w3.org/1999/xhtml", "input");
  field.setAttribute("type", "search");
  field.setAttribute("placeholder", "Search functions (/)");
  field.setAttribute("aria-label", "Search functions");
  field.setAttribute("style", "width:100%;box-sizing:border-box;font:12px monospace");
  holder.appendChild(field);
  svg.appendChild(holder);

  field.addEventListener("input", () => search(field.value));
  reset.addEventListener("click", () => zoom(null));
  svg.addEventListener("click", (event) => {
    const element = event.target.closest && event.target.closest(".box");
    const box = element && boxes.find((one) => one.element === element);
    if (box) zoom(box);
    else if (!holder.contains(event.target)) zoom(null);
  });
  window.addEventListener("keydown", (event) => {
    if (event.key === "Escape") zoom(null);
    if (event.key === "/" && document.activeElement !== field) {
      event.preventDefault();
      field.focus();
    }
  });
})();
