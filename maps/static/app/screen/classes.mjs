// Classes of values: where they break, which class a value has, how a legend words them.

import { count } from "../shared/formats.mjs";

const CLASSES = 5;

/**
 * Upper edges, whole numbers, of at most five classes that hold about as many of `values` each. Counts pile up on 1: what
 * one class takes too much of, the classes above share anew, so that none is empty or missing.
 */
export function quantileEdges(values) {
  let rest = [...values].sort((one, other) => one - other);
  const edges = [];
  for (let left = CLASSES; left > 1 && rest.length > 0; left -= 1) {
    const edge = rest[Math.ceil(rest.length / left) - 1];
    rest = rest.filter((value) => value > edge);
    if (rest.length > 0) edges.push(edge);
  }
  return edges;
}

/** The class of a value, 0 to edges.length; a value on an edge belongs to the class below, as on printed maps. */
export function classOf(value, edges) {
  return edges.filter((edge) => value > edge).length;
}

/** Spread few classes over the ramp, so that the highest always has the strongest colour. */
export function inkOf(index, edges) {
  return edges.length === 0 ? CLASSES - 1 : Math.round((index * (CLASSES - 1)) / edges.length);
}

/** How many of `values` lie in each class. */
export function counts(values, edges) {
  const found = new Array(edges.length + 1).fill(0);
  for (const value of values) found[classOf(value, edges)] += 1;
  return found;
}

/** A range in words that say to which class an edge belongs: ≤ 1, > 1–3, > 14. */
export function rangeText(low, high) {
  if (low === null) return high === null ? "" : `≤ ${high}`;
  return high === null ? `> ${low}` : `> ${low}–${high}`;
}

/** Rows for classRows: `word(low, high)` words one range; low is null in the first class, high in the last. */
export function legendRows(values, edges, word) {
  return counts(values, edges).map((number, index) => ({
    ink: `ramp-${inkOf(index, edges) + 1}`,
    range: word(edges[index - 1] ?? null, edges[index] ?? null),
    figure: count(number),
  }));
}
