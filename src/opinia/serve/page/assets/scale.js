// Axes: from a range of values to places, with round numbers on the way.

/** Return 3 to 6 round numbers that span the range from `low` to `high`. */
export function ticks(low, high, most = 5) {
  if (low === high) return [low];
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** Return a function from values between `low` and `high` to places between `from` and `to`. */
export function linear(low, high, from, to) {
  if (low === high) return () => (from + to) / 2;
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** Return the decimal places that the ticks need. */
export function places(values) {
  return [0, 1, 2, 3].find((digits) => values.every((value) => Number(value.toFixed(digits)) === value)) ?? 4;
}
