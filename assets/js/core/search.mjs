/** Binary search in ascending numbers. */

/**
 * The first place whose number is not below `value`.
 * @param {ArrayLike<number>} numbers
 * @param {number} value
 */
export function lowerBound(numbers, value) {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The place nearest to `value`, or -1 if there is none within `reach`.
 * @param {ArrayLike<number>} numbers
 * @param {number} value
 * @param {number} reach
 */
export function nearest(numbers, value, reach) {
  const after = lowerBound(numbers, value);
  const before = after - 1;
  const closer = before >= 0 && (after >= numbers.length || value - numbers[before] <= numbers[after] - value);
  const place = closer ? before : after;
  return place < numbers.length && Math.abs(numbers[place] - value) <= reach ? place : -1;
}
