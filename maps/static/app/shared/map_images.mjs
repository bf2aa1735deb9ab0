// Hatches and icons of the map, drawn in the colours of the theme. One CSS pixel is two of ours.

import { token } from "./appearance.mjs";

const RATIO = 2;
const HATCH = 9;
const ICON = 18;

// Strokes on a grid of 24.
const ICONS = {
  government: "M5 20V9l7-4 7 4v11M3 20h18M9 20v-7M12 20v-7M15 20v-7",
  school: "M3 9l9-4 9 4-9 4zM7 11v5c0 1 2 3 5 3s5-2 5-3v-5",
  hospital: "M12 5v14M5 12h14",
  park: "M12 21v-6M12 15c-4 0-6-2-6-5s3-6 6-6 6 3 6 6-2 5-6 5z",
  works: "M4 20V9l5 4V9l5 4V5h5v15z",
  market: "M5 9h14l-1 11H6zM9 9V7a3 3 0 0 1 6 0v2",
  other: "M8 12h8",
};

function canvas(size) {
  const drawn = document.createElement("canvas");
  drawn.width = size * RATIO;
  drawn.height = size * RATIO;
  const pen = drawn.getContext("2d", { willReadFrequently: true });
  pen.scale(RATIO, RATIO);
  return pen;
}

function pixels(pen) {
  return pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height);
}

/** Dots that stand back behind data, and are no hatch: what nobody knows is not taken for a dedicated grid. */
function dots(colour, { radius, opacity }) {
  const pen = canvas(HATCH);
  pen.fillStyle = colour;
  pen.globalAlpha = opacity;
  pen.arc(HATCH / 2, HATCH / 2, radius, 0, 2 * Math.PI);
  pen.fill();
  return pixels(pen);
}

/** One diagonal that meets itself at the tile's edges. */
function hatch(colour, { width, opacity }) {
  const pen = canvas(HATCH);
  pen.strokeStyle = colour;
  pen.globalAlpha = opacity;
  pen.lineWidth = width;
  for (const shift of [-HATCH, 0, HATCH]) {
    pen.beginPath();
    pen.moveTo(shift - 1, HATCH + 1);
    pen.lineTo(shift + HATCH + 1, -1);
    pen.stroke();
  }
  return pixels(pen);
}

function icon(path) {
  const pen = canvas(ICON);
  pen.fillStyle = token("map-dedicated");
  pen.strokeStyle = token("map-halo");
  pen.lineWidth = 1.5;
  pen.beginPath();
  pen.roundRect(1, 1, ICON - 2, ICON - 2, 4);
  pen.fill();
  pen.stroke();
  pen.strokeStyle = token("map-report-line");
  pen.translate(3, 3);
  pen.scale((ICON - 6) / 24, (ICON - 6) / 24);
  pen.lineWidth = 2.6;
  pen.stroke(new Path2D(path));
  return pixels(pen);
}

/** The image called `id` in the style, as ImageData; null for one that we do not draw. */
export function drawings(id) {
  if (id === "hatch-dedicated") return hatch(token("map-dedicated"), { width: 0.8, opacity: 0.45 });
  if (id === "hatch-unknown") return dots(token("map-unknown"), { radius: 0.8, opacity: 0.6 });
  if (!id.startsWith("dedicated-")) return null;
  return icon(ICONS[id.slice("dedicated-".length)] ?? ICONS.other);
}
