// Runs that differ in their seed alone, as one: means, spreads, best epochs.

const SEED = /-?seed-?\d+$/;

/** Return the mean of some numbers and their standard deviation; null where there is none of them. */
export function spreadOf(numbers) {
  const there = numbers.filter(Number.isFinite);
  if (there.length === 0) return null;
  const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
  const sd = there.length < 2 ? null : Math.sqrt(there.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (there.length - 1));
  return { mean, sd };
}

/** Return groups `{name, runs, settings}` of runs of one recipe and name, in the order of their first runs. */
export function groupsOf(runs) {
  const found = new Map();
  for (const run of runs) {
    const settings = { ...Object.assign({}, ...Object.values(run.settings)), ...run.recipe };
    const name = run.name.replace(SEED, "") || run.name;
    const key = JSON.stringify([name, Object.entries(settings).filter(([setting]) => setting !== "seed").sort()]);
    if (found.has(key)) found.get(key).runs.push(run);
    else found.set(key, { name, runs: [run], settings });
  }
  const groups = [...found.values()];
  const isTaken = (name) => groups.filter((group) => group.name === name).length > 1;
  // A run alone, and runs of one name and two recipes, keep their own names.
  return groups.map((group) => (group.runs.length === 1 || isTaken(group.name) ? { ...group, name: group.runs[0].name } : group));
}

/** Return the points `{epoch, value, sd}` of a metric: means over the runs that have got so far. */
export function meanOf(runs, metric) {
  const epochs = new Map();
  for (const { history } of runs) {
    for (const row of history) {
      if (Number.isFinite(row[metric])) epochs.set(row.epoch, [...(epochs.get(row.epoch) ?? []), row[metric]]);
    }
  }
  return [...epochs].sort(([a], [b]) => a - b).map(([epoch, values]) => {
    const { mean, sd } = spreadOf(values);
    return { epoch, value: mean, sd };
  });
}

/** Return the best epochs of runs, and their accuracy and loss on validation as mean and standard deviation. */
export function bestOf(runs) {
  const best = runs.map(({ history }) => bestEpoch(history)).filter((epoch) => epoch !== null);
  return {
    epochs: best.map(({ epoch }) => epoch).sort((a, b) => a - b),
    accuracy: spreadOf(best.map((epoch) => epoch.val_accuracy)),
    loss: spreadOf(best.map((epoch) => epoch.val_loss)),
  };
}

/** Return the epoch that a run keeps its best model of: the highest validation accuracy; of equals, the lowest loss. */
function bestEpoch(history) {
  const better = (a, b) => b.val_accuracy - a.val_accuracy || a.val_loss - b.val_loss || a.epoch - b.epoch;
  return history.filter((row) => Number.isFinite(row.val_accuracy)).sort(better)[0] ?? null;
}
