// Colours of boxes: a hue for each of the modules that cost most, the others grey. Light and dark pages
// have their own.

export const hues = [22, 212, 145, 48, 280, 178, 340, 100];

/** Gives modules their hues, the costliest first. */
export function moduleHues(facts, sums) {
  const widths = new Map();
  sums.forEach((sum, module) => widths.set(module, sum));
  const ranked = [...widths].filter(([module]) => module !== 0);
  ranked.sort((left, right) => right[1] - left[1]);
  return new Map(ranked.slice(0, hues.length).map(([module], index) => [module, hues[index]]));
}

/** Shades tell neighbours of one module apart. */
const shades = 6;

/** The colour of a box. */
export function boxColour(hue, shade, isOwn, isDark) {
  const light = shade % 3;
  if (hue === undefined) {
    return isDark ? `hsl(30 4% ${27 + light * 3}%)` : `hsl(36 12% ${84 - light * 3}%)`;
  }
  const turned = hue + (shade - 2) * 4;
  if (isDark) return `hsl(${turned} ${isOwn ? 55 : 30}% ${(isOwn ? 33 : 27) + light * 3}%)`;
  return `hsl(${turned} ${isOwn ? 88 : 56}% ${(isOwn ? 66 : 78) + light * 4}%)`;
}

/** The colour of a box of a comparison: red has grown, blue shrunk, grey is the same. */
export function changeColour(before, after, isDark) {
  const most = Math.max(before, after);
  const change = most > 0 ? (after - before) / most : 0;
  if (change === 0) return isDark ? "hsl(30 4% 30%)" : "hsl(36 12% 84%)";
  const strength = Math.abs(change);
  const hue = change > 0 ? 8 : 212;
  if (isDark) return `hsl(${hue} ${Math.round(25 + 40 * strength)}% ${Math.round(28 + 10 * strength)}%)`;
  return `hsl(${hue} ${Math.round(45 + 45 * strength)}% ${Math.round(86 - 20 * strength)}%)`;
}

/** A shade that a name always has. */
export function shadeOf(name) {
  let hash = 0;
  for (let index = 0; index < name.length; index += 1) {
    hash = (hash * 31 + name.charCodeAt(index)) % 100_003;
  }
  return hash % shades;
}
