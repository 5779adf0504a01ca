// How figures are written: three significant digits and a binary unit for sizes, grouped digits for
// counts, the coarsest sensible unit for times, as the text reports write them.

const byteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

export function grouped(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

function threeDigits(value) {
  if (value < 9.995) return value.toFixed(2);
  if (value < 99.95) return value.toFixed(1);
  return grouped(value);
}

export function bytes(count) {
  let unit = 0;
  let value = count;
  while (value >= 1023.5 && unit + 1 < byteUnits.length) {
    value /= 1024;
    unit += 1;
  }
  return unit === 0 ? `${grouped(count)} B` : `${threeDigits(value)} ${byteUnits[unit]}`;
}

export function counted(count, noun, plural = `${noun}s`) {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

/** A share of a whole; empty where there is no whole. */
export function percent(part, whole) {
  if (whole <= 0) return "";
  if (part <= 0) return "0 %";
  const tenths = Math.round((part / whole) * 1000);
  if (tenths < 1) return "<0.1 %";
  if (tenths >= 1000 && part < whole) return ">99.9 %";
  return `${(tenths / 10).toFixed(1)} %`;
}

function twoDigits(value) {
  return value < 10 ? `0${value}` : String(value);
}

export function duration(nanoseconds) {
  if (nanoseconds < 1e3) return `${Math.round(nanoseconds)} ns`;
  if (nanoseconds < 999_500) return `${threeDigits(nanoseconds / 1e3)} µs`;
  if (nanoseconds < 999_500_000) return `${threeDigits(nanoseconds / 1e6)} ms`;
  if (nanoseconds < 99_950_000_000) return `${threeDigits(nanoseconds / 1e9)} s`;
  const seconds = Math.round(nanoseconds / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${twoDigits(Math.floor((seconds % 3600) / 60))} min`;
}

/** How often per second. */
export function rate(perSecond) {
  if (perSecond < 999.5) return `${threeDigits(perSecond)} /s`;
  if (perSecond < 999_500) return `${threeDigits(perSecond / 1e3)} k/s`;
  return `${threeDigits(perSecond / 1e6)} M/s`;
}

/** A value of a cost. */
export function amount(cost, value) {
  return cost.isBytes ? bytes(value) : grouped(value);
}

/** The last name of a path. */
/** A value before and after, and how they differ. */
export function amountChange(cost, before, after) {
  return `${amount(cost, before)} → ${amount(cost, after)} (${signedAmount(cost, after - before)})`;
}

export function signedAmount(cost, value) {
  if (value === 0) return "0";
  return `${value > 0 ? "+" : "−"}${amount(cost, Math.abs(value))}`;
}

export function baseName(path) {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}
