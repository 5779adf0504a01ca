// What functions, modules and files are called on the page.

import { baseName, counted } from "./format.mjs";

export class Names {
  constructor(source) {
    this.source = source;
    this.facts = source.facts;
  }

  /** A function with what tells it from others of its name; 0 has none. */
  fn(fn) {
    if (fn === 0) return "[no stack recorded]";
    const distinction = this.source.distinctions.get(fn);
    const name = this.facts.functions[fn - 1];
    return distinction ? `${name} (${distinction})` : name;
  }

  module(fn) {
    const module = fn === 0 ? 0 : this.facts.functionModules[fn - 1];
    return module === 0 ? "" : this.facts.modules[module - 1];
  }

  /** Whether a function is the program's own, as far as the rules know. */
  isOwn(fn) {
    return fn !== 0 && this.facts.functionClasses[fn - 1] === 0;
  }

  file(node) {
    const file = this.source.tree.file[node];
    return file === 0 ? "" : this.facts.files[file - 1];
  }

  /** Where a frame's call is: `parse.c:12`. */
  place(node) {
    const file = this.file(node);
    const line = this.source.tree.line[node];
    if (file === "") return baseName(this.module(this.source.tree.fn[node]));
    return line === 0 ? baseName(file) : `${baseName(file)}:${line}`;
  }

  /** A node of the tree of frames. */
  node(node) {
    const folded = this.source.tree.folded[node];
    if (folded > 0) return `[${counted(folded, "smaller stack")}]`;
    return this.fn(this.source.tree.fn[node]);
  }

  /** A node of a tree of calls. */
  call(node) {
    if (node.fn === 0 && node.folds > 0) return `[${counted(node.folds, "smaller stack")}]`;
    return this.fn(node.fn);
  }

  /** A name without parameters and template arguments, where there is no room for them. */
  static short(name) {
    let depth = 0;
    let bare = "";
    for (const letter of name) {
      if (letter === "<" || letter === "(") depth += 1;
      if (depth === 0) bare += letter;
      if ((letter === ">" || letter === ")") && depth > 0) depth -= 1;
    }
    return bare.trim() || name;
  }
}

/** As much of a text as has room, its end left out. */
export function fitted(text, columns) {
  if (text.length <= columns) return text;
  if (columns < 3) return "";
  const short = Names.short(text);
  if (short.length <= columns) return short;
  const last = short.includes("::") ? short.slice(short.lastIndexOf("::") + 2) : short;
  if (last.length <= columns) return last;
  return `${last.slice(0, columns - 1)}…`;
}
