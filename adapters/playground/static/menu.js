/** Menus and small panels beside the button that opens them; Esc or a click elsewhere closes them. */
import { h, icon, newId } from "./dom.js";

/**
 * @typedef {{label: string, run: () => void, icon?: string, lead?: Node, note?: string,
 *   danger?: boolean, checked?: boolean, separate?: boolean}} Item
 */

/** @type {{node: HTMLElement, close: () => void} | null} */
let shown = null;

/**
 * Open a menu; the arrow keys move in it.
 * @param {HTMLElement} anchor
 * @param {(Item | false)[]} items
 * @param {string} label
 */
export function openMenu(anchor, items, label) {
  const buttons = items.filter(Boolean).map((item) => itemNode(item));
  const menu = h(
    "div",
    { class: "menu", role: "menu", "aria-label": label },
    buttons.map(({ parts }) => parts),
  );
  menu.addEventListener("keydown", (event) =>
    moveIn(
      event,
      buttons.map(({ button }) => button),
    ),
  );
  openPanel(anchor, menu);
  (buttons.find(({ item }) => item.checked) ?? buttons[0])?.button.focus();
}

function itemNode(item) {
  const isChoice = item.checked !== undefined;
  const button = h(
    "button",
    {
      type: "button",
      class: `menu-item${item.danger ? " danger" : ""}`,
      role: isChoice ? "menuitemradio" : "menuitem",
      "aria-checked": isChoice ? String(item.checked) : null,
      tabindex: "-1",
    },
    item.lead ?? (item.icon && icon(item.icon)),
    h(
      "span",
      { class: "menu-label" },
      item.label,
      item.note && h("span", { class: "menu-note" }, ` ${item.note}`),
    ),
    item.checked && icon("check"),
  );
  button.addEventListener("click", () => {
    closePanel();
    item.run();
  });
  const parts = item.separate ? [h("hr", { role: "separator" }), button] : [button];
  return { item, button, parts };
}

function moveIn(event, buttons) {
  const at = buttons.indexOf(document.activeElement);
  const last = buttons.length - 1;
  const to = {
    ArrowDown: at >= last ? 0 : at + 1,
    ArrowUp: at <= 0 ? last : at - 1,
    Home: 0,
    End: last,
  }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    buttons[to].focus();
  } else if (event.key === "Tab") {
    event.preventDefault();
    closePanel();
  }
}

/**
 * Show `node` beside `anchor`, above everything else. Opening it a second time closes it.
 * @param {HTMLElement} anchor
 * @param {HTMLElement} node
 * @param {() => void} [onClose]
 */
export function openPanel(anchor, node, onClose) {
  const wasOpen = shown?.node.dataset.anchor === anchor.id && anchor.id !== "";
  closePanel();
  if (wasOpen) return;
  anchor.id ||= newId("anchor");
  node.dataset.anchor = anchor.id;
  node.classList.add("panel");
  const home = anchor.closest("dialog, nav, main, aside") ?? document.body;
  const close = () => dismiss(anchor, node, onClose);
  shown = { node, close };
  anchor.setAttribute("aria-expanded", "true");
  home.append(node);
  place(anchor, node);
  node.querySelector("[autofocus], button, input")?.focus();
  document.addEventListener("pointerdown", outside, true);
  document.addEventListener("keydown", escape, true);
  addEventListener("resize", closePanel);
}

export function closePanel() {
  shown?.close();
}

function dismiss(anchor, node, onClose) {
  shown = null;
  document.removeEventListener("pointerdown", outside, true);
  document.removeEventListener("keydown", escape, true);
  removeEventListener("resize", closePanel);
  const hadFocus = node.contains(document.activeElement);
  node.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (hadFocus && anchor.isConnected) anchor.focus();
  onClose?.();
}

function outside(event) {
  const isInside = shown?.node.contains(event.target);
  const isAnchor = event.target.closest?.(`#${CSS.escape(shown?.node.dataset.anchor ?? "-")}`);
  if (!isInside && !isAnchor) closePanel();
}

function escape(event) {
  if (event.key !== "Escape") return;
  event.preventDefault();
  event.stopPropagation();
  closePanel();
}

/** Below the anchor or above it, wherever there is room, and never over the edge. */
function place(anchor, node) {
  const GAP = 6;
  const from = anchor.getBoundingClientRect();
  const size = node.getBoundingClientRect();
  const below = innerHeight - from.bottom - GAP * 2;
  const above = from.top - GAP * 2;
  const goesUp = size.height > below && above > below;
  node.style.maxHeight = `${Math.max(120, goesUp ? above : below)}px`;
  const height = Math.min(size.height, goesUp ? above : below);
  node.style.top = `${goesUp ? from.top - GAP - height : from.bottom + GAP}px`;
  const rightmost = innerWidth - size.width - GAP;
  const left = from.left + size.width > innerWidth - GAP ? from.right - size.width : from.left;
  node.style.left = `${Math.max(GAP, Math.min(left, rightmost))}px`;
}
