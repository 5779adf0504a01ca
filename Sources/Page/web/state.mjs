// The one store of the page: what is chosen, as the address's fragment has it, so that a link shows
// what its sender saw.

const defaults = {
  cost: "",
  view: "functions",
  tree: "down",
  function: "",
  zoom: "",
  search: "",
  filter: "",
  sort: "",
  window: "",
  layers: "",
};

/** The state that a fragment tells, with the defaults for what it does not. */
export function parseFragment(fragment) {
  const state = { ...defaults };
  const given = new URLSearchParams(fragment.replace(/^#/, ""));
  for (const key of Object.keys(defaults)) {
    if (given.has(key)) state[key] = given.get(key);
  }
  return state;
}

/** The fragment of a state; what is a default is left out. */
export function fragmentOf(state) {
  const told = new URLSearchParams();
  for (const [key, value] of Object.entries(defaults)) {
    if (state[key] !== undefined && state[key] !== value) told.set(key, state[key]);
  }
  return told.toString();
}

/** Holds a state and tells of changes. */
export class Store {
  constructor(state) {
    this.state = state;
    this.listeners = [];
  }

  /** Calls `listener` with the state and the keys that changed. */
  subscribe(listener) {
    this.listeners.push(listener);
  }

  set(changes) {
    const keys = Object.keys(changes).filter((key) => this.state[key] !== changes[key]);
    if (keys.length === 0) return;
    this.state = { ...this.state, ...changes };
    for (const listener of this.listeners) listener(this.state, new Set(keys));
  }
}
