/** Short notices at the edge of the page, read out by screen readers. */
import { fill, h, icon } from "./dom.js";

const LASTS = 6000;
let region = null;

function place() {
  region ??= h("div", { class: "toasts", role: "status", "aria-live": "polite" });
  // A modal dialog makes the rest of the page inert, and covers it: the notices move into it.
  const home = document.querySelector("dialog[open]:last-of-type") ?? document.body;
  if (region.parentNode !== home) home.append(region);
  return region;
}

/**
 * Say something in passing.
 * @param {string} text
 * @param {{bad?: boolean, lasts?: number}} [how]
 * @returns {() => void} takes it away
 */
export function toast(text, { bad = false, lasts = LASTS } = {}) {
  const words = h("span", null, text);
  const note = h("div", { class: `toast${bad ? " bad" : ""}` }, bad && icon("close"), words);
  place().append(note);
  const away = () => note.remove();
  note.addEventListener("click", away);
  if (lasts) setTimeout(away, lasts);
  return away;
}

/** Whether the page is connected, as a notice that stays. */
let lost = null;
export function showConnection(isConnected, text) {
  if (isConnected) {
    lost?.remove();
    lost = null;
  } else if (!lost) {
    lost = h("div", { class: "toast bad" });
    fill(lost, h("span", { class: "spinner" }), h("span", null, text));
    place().append(lost);
  }
}
