// Classes of values: where they break, which class a value has, how a legend words them.

import { count } from "../shared/formats.mjs";

const CLASSES = 5;

/** Upper edges of at most five classes of counts up to `most`, each as many times the one before: few places have many. */
export function geometricEdges(most) {
  const edges = new Set();
  for (let part = 1; part < CLASSES; part += 1) edges.add(Math.floor(most ** (part / CLASSES)));
  return [...edges].filter((edge) => edge < most);
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

/** Rows for classRows: `word(low, high)` words one range; low is null in the first class, high in the last. */
export function legendRows(values, edges, word) {
  return counts(values, edges).map((number, index) => ({
    ink: `ramp-${inkOf(index, edges) + 1}`,
    range: word(edges[index - 1] ?? null, edges[index] ?? null),
    figure: count(number),
  }));
}
