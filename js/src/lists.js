// Places in lists of numbers.

/**
 * Return the place of the largest number, the first of equal ones.
 * @param {number[]} row
 */
export const argmax = (row) => row.indexOf(Math.max(...row));

/**
 * Return how many of an ascending list are at most a value, as bisect_right does.
 * @param {ArrayLike<number>} list
 * @param {number} value
 */
export function bisectRight(list, value) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < list[middle]) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Return how many of an ascending list are below a value, as bisect_left does.
 * @param {ArrayLike<number>} list
 * @param {number} value
 */
export function bisectLeft(list, value) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
