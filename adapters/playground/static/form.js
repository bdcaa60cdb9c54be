/** Forms: in a dialog, or standing in a card. What was typed is kept until it is taken. */
import { attempt, post } from "./api.js";
import { busy, show } from "./deeds.js";
import { cancelButton, dialog } from "./dialogs.js";
import { fill, h } from "./dom.js";
import { fieldNode } from "./fields.js";

/**
 * Open a form in a dialog.
 * @param {any} form as render.py draws it
 * @param {{channel: string, thread?: string | null, message?: string}} place where it was asked for
 */
export function openForm(form, place) {
  const shown = dialog(form.title);
  shown.node.classList.add("form");
  let read = drawInto(shown, form);
  shown.frame.addEventListener("submit", async () => {
    const answer = await submit(shown.feet.lastChild, form, read(), place);
    if (!answer) return;
    if (answer.form) {
      form = answer.form;
      read = drawInto(shown, form);
      focusFirst(shown.body);
    } else {
      shown.close();
      show(answer, place);
    }
  });
  shown.frame.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) shown.frame.requestSubmit();
  });
  shown.open();
  focusFirst(shown.body);
}

function drawInto(shown, form) {
  const fields = form.fields.map((field) => fieldNode(field));
  shown.heading.textContent = form.title;
  fill(
    shown.body,
    form.intro && h("p", { class: "intro" }, form.intro),
    fields.map(({ node }) => node),
  );
  const button = h("button", { type: "submit", class: "button primary" }, form.submit);
  fill(shown.feet, cancelButton(shown), button);
  return reader(fields);
}

/** A function that says what the fields hold now, by their names. */
const reader = (fields) => () => Object.fromEntries(fields.map(({ name, read }) => [name, read()]));

function submit(button, form, values, place) {
  const { channel, thread, message } = place;
  const sent = { command: form.command, values, kept: form.kept, channel, thread, message };
  return busy(button, attempt(post("/submit", sent)));
}

/** To the first field that is wrong, or the first that there is. */
function focusFirst(body) {
  const wrong = body.querySelector("[aria-invalid=true]");
  (wrong ?? body.querySelector("input:not([type=hidden]), textarea, select"))?.focus();
}

/** What was typed into forms in cards, by message and command: a redrawn card gets it back. */
const drafts = new Map();

/** A form that stands in a card. */
export function formBlock(form, message, cardTitle) {
  const key = `${message.id}/${form.command}`;
  const frame = h("form", { class: "card-form", novalidate: true, "aria-label": form.title });
  const place = { channel: message.channel, thread: message.thread, message: message.id };
  let read = () => ({});
  const redraw = (drawn) => {
    const held = drafts.get(key) ?? {};
    const fields = drawn.fields.map((field) => fieldNode(field, held[field.name]));
    const button = h("button", { type: "submit", class: "button primary" }, drawn.submit);
    read = reader(fields);
    fill(
      frame,
      drawn.title !== cardTitle && h("h3", { class: "heading" }, drawn.title),
      drawn.intro && h("p", { class: "note" }, drawn.intro),
      fields.map(({ node }) => node),
      h("div", { class: "buttons" }, button),
    );
  };
  frame.addEventListener("input", () => drafts.set(key, read()));
  frame.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await submit(frame.querySelector("[type=submit]"), form, read(), place);
    if (!answer) return;
    if (answer.form?.command === form.command) {
      drafts.set(key, read());
      redraw(answer.form);
      focusFirst(frame);
      return;
    }
    drafts.delete(key);
    redraw(form);
    show(answer, place);
  });
  redraw(form);
  return frame;
}
