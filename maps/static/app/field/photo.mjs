// One photo: taken or chosen, made ready to be sent, drawn small.
// A photo goes as it is, so that the server can read its place and time before it throws them away. One that is too
// large or of a kind that the server does not read is drawn anew here, which drops both.

import { newId } from "../shared/ids.mjs";

export const LONGEST_SIDE = 2_048;
export const QUALITY = 0.85;
const SENT_AS_IT_IS = new Set(["image/jpeg", "image/png", "image/webp"]);
const LIMIT_BYTES = 12_000_000;
const THUMBNAIL = 192;

/** Return {id, bytes, type, painted} ready to be kept; raises when this browser cannot make it fit. */
export async function prepare(file) {
  if (SENT_AS_IT_IS.has(file.type) && file.size <= LIMIT_BYTES) return kept(file);
  const picture = await read(file);
  const blob = await encode(drawn(picture));
  picture.close();
  return kept(blob);
}

/** Return a blob as a photo with an id of its own. */
export async function kept(blob, { painted = false } = {}) {
  return { id: newId(), bytes: await blob.arrayBuffer(), type: blob.type, painted };
}

/** Decode a photo, upright. */
export function read(blob) {
  return createImageBitmap(blob, { imageOrientation: "from-image" });
}

/** Draw a picture on a canvas, its longer side at most `longest` pixels. */
export function drawn(picture, { longest = LONGEST_SIDE, canvas = document.createElement("canvas") } = {}) {
  const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Write a canvas as JPEG. */
export function encode(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((made) => (made ? resolve(made) : reject(new Error("encode"))), "image/jpeg", QUALITY);
  });
}

/** A small canvas of a photo; empty where this browser cannot read it. */
export async function thumbnail(photo) {
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  try {
    const picture = await read(blobOf(photo));
    drawn(picture, { longest: THUMBNAIL, canvas });
    picture.close();
  } catch {
    canvas.width = canvas.height = 1;
  }
  return canvas;
}

export function blobOf({ bytes, type }) {
  return new Blob([bytes], { type });
}
