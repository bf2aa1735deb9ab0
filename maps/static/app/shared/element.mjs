// Make elements in one line. Text is always set as text, never as HTML.

/** element("p", { class: "why", text: "…" }, child, …); unknown names become attributes, onclick and the like listeners. */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "text") made.textContent = value;
    else if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** An SVG of one path on a grid of `width` by `height`; colours come from the class. */
export function drawing(path, { width = 28, height = 14, ...properties } = {}) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "swatch");
  const line = document.createElementNS(space, "path");
  line.setAttribute("d", path);
  for (const [key, value] of Object.entries(properties)) line.setAttribute(key, value);
  svg.append(line);
  return svg;
}
