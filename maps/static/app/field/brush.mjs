// The brush: cover faces and number plates before a photo is sent, by finger, pen, mouse or keyboard. What is covered is
// black, since blurred or coarse pixels can be guessed back. Nothing looks for faces: people see better.

import { t } from "../shared/i18n.mjs";
import { blobOf, drawn, encode, read } from "./photo.mjs";

// Width of the brush as a share of the longer side, by the steps of its slider.
const WIDTHS = [0.015, 0.03, 0.06, 0.1, 0.16];
const STEP = 1 / 40;
const LEAST = 1 / 50;
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const place = (id) => document.getElementById(id);
let work = null;

/** Open a photo; resolves with the painted JPEG as a blob, or null when it stays as it was. */
export async function paint(photo) {
  const decoded = await read(blobOf(photo));
  const picture = drawn(decoded);
  decoded.close();
  const canvas = place("brush-canvas");
  [canvas.width, canvas.height] = [picture.width, picture.height];
  const longest = Math.max(canvas.width, canvas.height);
  const side = longest * WIDTHS[4];
  const frame = { x: (canvas.width - side) / 2, y: (canvas.height - side) / 2, w: side, h: side };
  work = { canvas, picture, longest, frame, marks: [], line: null, framed: false };
  wire();
  draw();
  place("brush").showModal();
  canvas.focus();
  return new Promise((resolve) => (work.done = resolve));
}

let wired = false;
function wire() {
  if (wired) return;
  wired = true;
  const canvas = place("brush-canvas");
  canvas.addEventListener("pointerdown", begin);
  canvas.addEventListener("pointermove", extend);
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (work.line = null));
  canvas.addEventListener("keydown", press);
  place("brush-undo").addEventListener("click", undo);
  place("brush-done").addEventListener("click", finish);
  place("brush-cancel").addEventListener("click", leave);
  place("brush").addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
}

async function finish() {
  work.framed = false;
  draw();
  close(await encode(work.canvas));
}

function leave() {
  if (work.marks.length === 0 || confirm(t("field.brush.leave"))) close(null);
}

function close(result) {
  place("brush").close();
  const { done, canvas } = work;
  // The picture does not stay behind in a closed dialog.
  canvas.width = canvas.height = 1;
  work = null;
  done(result);
}

function at({ offsetX, offsetY }) {
  const { canvas } = work;
  return [(offsetX * canvas.width) / canvas.clientWidth, (offsetY * canvas.height) / canvas.clientHeight];
}

function begin(event) {
  if (event.button !== 0) return;
  work.canvas.setPointerCapture(event.pointerId);
  work.framed = false;
  work.line = { width: work.longest * WIDTHS[place("brush-size").value - 1], points: [at(event)] };
  work.marks.push(work.line);
  draw();
}

function extend(event) {
  if (!work.line) return;
  const passed = event.getCoalescedEvents?.() ?? [];
  work.line.points.push(...(passed.length > 0 ? passed : [event]).map(at));
  draw();
}

function press(event) {
  const move = MOVES[event.key];
  const takesBack = event.key === "Backspace" || (event.key === "z" && (event.ctrlKey || event.metaKey));
  if (move) shift(move, event.shiftKey);
  else if (event.key === "Enter" || event.key === " ") cover();
  else if (takesBack) undo();
  else return;
  event.preventDefault();
}

/** Move the frame, or make it larger and smaller. */
function shift([right, down], resizes) {
  const { frame, canvas, longest } = work;
  const [least, step] = [longest * LEAST, longest * STEP];
  if (resizes) {
    frame.w = within(frame.w + right * step, least, canvas.width);
    frame.h = within(frame.h + down * step, least, canvas.height);
  } else {
    frame.x += right * step;
    frame.y += down * step;
  }
  frame.x = within(frame.x, 0, canvas.width - frame.w);
  frame.y = within(frame.y, 0, canvas.height - frame.h);
  work.framed = true;
  draw();
}

function cover() {
  work.marks.push({ box: { ...work.frame } });
  work.framed = true;
  draw();
}

function undo() {
  work.marks.pop();
  draw();
}

function within(value, low, high) {
  return Math.max(low, Math.min(value, high));
}

function draw() {
  const { canvas, picture, marks, framed } = work;
  const context = canvas.getContext("2d");
  context.reset();
  context.drawImage(picture, 0, 0);
  for (const mark of marks) stamp(context, mark);
  if (framed) outline(context);
  place("brush-undo").disabled = place("brush-done").disabled = marks.length === 0;
  place("brush-said").textContent = t("field.brush.count", { count: marks.length });
}

/** A canvas draws in opaque black unless it is told otherwise. */
function stamp(context, { box, points, width }) {
  if (box) return context.fillRect(box.x, box.y, box.w, box.h);
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
  const [[x, y]] = points;
  context.beginPath();
  context.arc(x, y, width / 2, 0, 2 * Math.PI);
  context.fill();
}

/** The frame of the keyboard: light beside dark, so that it is seen on every picture. */
function outline(context) {
  const { frame, longest, canvas } = work;
  const style = getComputedStyle(canvas);
  context.lineWidth = longest / 200;
  for (const [name, dash] of [["--surface", []], ["--accent", [longest / 60, longest / 60]]]) {
    context.strokeStyle = style.getPropertyValue(name);
    context.setLineDash(dash);
    context.strokeRect(frame.x, frame.y, frame.w, frame.h);
  }
}
