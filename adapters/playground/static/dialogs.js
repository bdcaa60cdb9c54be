/** Modal dialogs. The browser keeps the focus inside and gives it back; Esc closes. */
import { append, fill, h, iconButton, newId } from "./dom.js";
import { tr } from "./i18n.js";

/**
 * A dialog with a title, a body and a row of buttons. Open until `close` is called.
 * @param {string} title
 * @param {{role?: string, narrow?: boolean, onClose?: () => void}} [how]
 */
export function dialog(title, { role, narrow = false, onClose } = {}) {
  const heading = h("h2", { id: newId("title") }, title);
  const closing = iconButton("close", tr("close"), () => node.close());
  const body = h("div", { class: "dialog-body" });
  const feet = h("div", { class: "dialog-buttons" });
  const frame = h(
    "form",
    { class: "dialog-frame", novalidate: true },
    h("header", null, heading, closing),
    body,
    feet,
  );
  const node = h(
    "dialog",
    { class: narrow ? "narrow" : "", role, "aria-labelledby": heading.id },
    frame,
  );
  frame.addEventListener("submit", (event) => event.preventDefault());
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  node.addEventListener("close", () => {
    node.remove();
    if (before?.isConnected) giveBack(before);
    onClose?.();
  });
  // A click beside the dialog closes it, unless it only ended there (a selection, say).
  node.addEventListener("pointerdown", (event) => {
    if (event.target === node) node.close();
  });
  document.body.append(node);
  return {
    node,
    frame,
    heading,
    body,
    feet,
    open: () => node.showModal(),
    close: () => node.close(),
  };
}

/** Focus what had the focus. Chromium gives a text box that back without a caret to type at. */
function giveBack(node) {
  node.focus();
  if (node instanceof HTMLTextAreaElement)
    node.setSelectionRange(node.selectionStart, node.selectionEnd);
}

/** Ask whether to do it. @returns {Promise<boolean>} */
export function confirm(question, action, isDangerous = false) {
  return new Promise((resolve) => {
    let said = false;
    const ask = dialog(tr("please_confirm"), {
      role: "alertdialog",
      narrow: true,
      onClose: () => resolve(said),
    });
    const text = h("p", { id: newId("question") }, question);
    ask.node.setAttribute("aria-describedby", text.id);
    append(ask.body, [text]);
    const yes = h(
      "button",
      { type: "submit", class: `button ${isDangerous ? "strong-danger" : "primary"}` },
      action,
    );
    ask.frame.addEventListener("submit", () => {
      said = true;
      ask.close();
    });
    fill(ask.feet, cancelButton(ask), yes);
    ask.open();
    (isDangerous ? ask.feet.firstChild : yes).focus();
  });
}

export const cancelButton = (shown) =>
  h(
    "button",
    { type: "button", class: "button", on: { click: () => shown.close() } },
    tr("cancel"),
  );

/**
 * Ask for a few values.
 * @param {string} title
 * @param {any[]} fields labelled inputs, as `field` makes them
 * @param {string} action the button
 * @param {() => Promise<any>} done closes the dialog unless it throws; the error is shown inside
 */
export function ask(title, fields, action, done) {
  const shown = dialog(title, { narrow: true });
  const error = h("p", { class: "field-error", role: "alert" });
  fill(shown.body, fields, error);
  const submit = h("button", { type: "submit", class: "button primary" }, action);
  fill(shown.feet, cancelButton(shown), submit);
  shown.frame.addEventListener("submit", async () => {
    error.textContent = "";
    submit.setAttribute("aria-busy", "true");
    try {
      await done();
      shown.close();
    } catch (problem) {
      error.textContent = problem.message;
    } finally {
      submit.removeAttribute("aria-busy");
    }
  });
  shown.open();
  shown.body.querySelector("input:not([type=hidden]), select")?.focus();
}

/** An input with its label, and a hint below; `control` is what stands around the input. */
export function field(label, input, hint, control = input) {
  input.id ||= newId("field");
  const note = hint && h("p", { class: "field-hint", id: newId("hint") }, hint);
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", { class: "field" }, h("label", { for: input.id }, label), control, note);
}

/** A box to tick, with its words. */
export const tick = (label, input) => h("label", { class: "tick" }, input, h("span", null, label));
