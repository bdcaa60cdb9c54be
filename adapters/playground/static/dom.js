/** DOM nodes without markup: what comes from data only ever becomes text. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * Make an element. `props` are attributes; `on` maps events to listeners, `value`, `checked` and the
 * like are set as properties; null, undefined and false leave an attribute out.
 * @param {string} tag
 * @param {Record<string, any> | null} [props]
 * @param {...any} children nodes, strings, arrays of them; null and false are skipped
 * @returns {any}
 */
export function h(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) setProp(node, name, value);
  append(node, children);
  return node;
}

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "selected", "open"]);

function setProp(node, name, value) {
  if (name === "on") {
    for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  } else if (PROPERTIES.has(name)) {
    if (value !== undefined && value !== null) node[name] = value;
  } else if (value === true) {
    node.setAttribute(name, "");
  } else if (value !== null && value !== undefined && value !== false) {
    node.setAttribute(name, String(value));
  }
}

/** @param {ParentNode} node @param {any[]} children */
export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
}

/** Give `node` these children instead of its own. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

/** Text for screen readers alone. */
export const unseen = (text) => h("span", { class: "unseen" }, text);

let ids = 0;
/** An id that nothing else on the page has. */
export const newId = (prefix = "x") => `${prefix}-${++ids}`;

/** Line drawings on a grid of 20 × 20. */
const DRAWINGS = {
  archive: "M3.5 4h13v3.5h-13zM4.5 7.5V16h11V7.5M8 10.5h4",
  calendar: "M3.5 5h13v11.5h-13zM3.5 8.5h13M7 3v3M13 3v3",
  check: "M4.5 10.5 8.2 14l7.3-8",
  chevron: "M6 8l4 4 4-4",
  clock: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM10 6v4.2l2.8 1.6",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  download: "M10 3.5V13M6.2 9.5 10 13.2l3.8-3.7M4 16.5h12",
  eye: "M2.5 10S5.3 5 10 5s7.5 5 7.5 5-2.8 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  file: "M5 2.8h6.5L15 6.3V17.2H5zM11.5 2.8v3.5H15",
  globe:
    "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM3 10h14M10 3c2.5 2 2.5 12 0 14M10 3c-2.5 2-2.5 12 0 14",
  hash: "M7.8 3.5 6.2 16.5M13.8 3.5l-1.6 13M3.8 7.5h13M3.2 12.5h13",
  leave: "M8.5 4H4v12h4.5M12 6.5l3.5 3.5-3.5 3.5M15.5 10H8",
  lock: "M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9",
  menu: "M3.5 6h13M3.5 10h13M3.5 14h13",
  moon: "M16 11.8A6.5 6.5 0 0 1 8.2 4a6.5 6.5 0 1 0 7.8 7.8z",
  more: "M5 10h.01M10 10h.01M15 10h.01",
  pen: "M4 16l.8-3.4L13.2 4.2l2.6 2.6L7.4 15.2z",
  people:
    "M7.5 4a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6zM2.5 16c0-2.8 2-4.6 5-4.6s5 1.8 5 4.6M13.2 4.4a2.6 2.6 0 0 1 0 4.9M14.5 11.7c1.9.5 3 2 3 4.3",
  person: "M10 3.5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4.5 16.5c0-3 2.2-5 5.5-5s5.5 2 5.5 5",
  pin: "M7.5 3h5M8.3 3v5L5.5 11.2h9L11.7 8V3M10 11.2V17",
  plus: "M10 4v12M4 10h12",
  reply: "M3.5 4h13v9.5H10L6.5 16.5v-3h-3z",
  search: "M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13 13l3.8 3.8",
  send: "M3.5 10 16.5 4l-4 12.5-3-5z",
  smile:
    "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM7 11.5c.7 1.2 1.7 1.8 3 1.8s2.3-.6 3-1.8M7.7 7.8v.4M12.3 7.8v.4",
  sun: "M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM10 2.5v1.3M10 16.2v1.3M2.5 10h1.3M16.2 10h1.3M4.7 4.7l.9.9M14.4 14.4l.9.9M4.7 15.3l.9-.9M14.4 5.6l.9-.9",
};

/** A drawing beside words; on its own it needs a labelled button around it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

/** A button that is only a drawing. */
export function iconButton(name, label, onClick, props = {}) {
  return h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      title: label,
      ...props,
      on: { click: onClick },
    },
    icon(name),
  );
}
