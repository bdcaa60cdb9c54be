/** Cards: Muster's messages with a shape, drawn from the JSON that render.py makes of them. */
import { press } from "./deeds.js";
import { h, icon, newId } from "./dom.js";
import { formBlock } from "./form.js";
import { tr } from "./i18n.js";
import { openMenu } from "./menu.js";
import { draw, plain } from "./spans.js";

const LONG_QUOTE = 900;

/** @param {any} card @param {any} message the message that it is */
export function cardNode(card, message) {
  const title = h("h2", { class: "card-title", id: newId("card") }, draw(card.title));
  const blocks = card.blocks.map((block) => (BLOCKS[block.type] ?? unknown)(block, message, card));
  const kind = `card tone-${card.tone}${blocks.length ? "" : " line"}`;
  return h("div", { class: kind, role: "group", "aria-labelledby": title.id }, title, blocks);
}

const unknown = (block) => h("p", { class: "note" }, block.type);

const BLOCKS = {
  paragraph: (block) => h("p", { class: "paragraph" }, draw(block.text)),
  note: (block) => h("p", { class: "note" }, draw(block.text)),
  heading: (block) => h("h3", { class: "heading" }, draw(block.text)),
  divider: () => h("hr"),
  quote,
  fields: (block) =>
    h(
      "dl",
      { class: "fields" },
      block.pairs.map(([label, value]) =>
        h("div", null, h("dt", null, label), h("dd", null, draw(value))),
      ),
    ),
  progress,
  entries,
  table,
  buttons: (block, message) =>
    h(
      "div",
      { class: "buttons" },
      block.buttons.map((button) => buttonNode(button, message)),
    ),
  form: (block, message, card) => formBlock(block, message, plain(card.title)),
};

/** What somebody wrote; when it is very long, the beginning of it. */
function quote(block) {
  const words = plain(block.text);
  const text = h("blockquote", { class: "quote", dir: "auto" }, words);
  if (words.length <= LONG_QUOTE && words.split("\n").length <= 14) return text;
  text.classList.add("shortened");
  const more = h(
    "button",
    { type: "button", class: "text-button", "aria-expanded": "false" },
    tr("show_all"),
  );
  more.addEventListener("click", () => {
    const isShort = text.classList.toggle("shortened");
    more.setAttribute("aria-expanded", String(!isShort));
    more.textContent = tr(isShort ? "show_all" : "show_less");
  });
  return [text, more];
}

function progress(block) {
  const percent = Math.round(block.share * 100);
  const bar = h("div", {
    class: "progress-bar",
    role: "progressbar",
    "aria-label": plain(block.label),
    "aria-valuenow": percent,
    "aria-valuemin": 0,
    "aria-valuemax": 100,
    "aria-valuetext": plain(block.text),
  });
  const done = h("div", { class: "progress-done" });
  done.style.width = `${percent}%`;
  bar.append(done);
  const words = h(
    "div",
    { class: "progress-words" },
    h("span", null, draw(block.label)),
    h("span", null, draw(block.text)),
  );
  return h("div", { class: "progress" }, words, bar);
}

function table(block) {
  const head = h(
    "tr",
    null,
    block.columns.map((column) => h("th", { scope: "col" }, column)),
  );
  const rows = block.rows.map((row) =>
    h(
      "tr",
      null,
      row.map((cell) => h("td", null, draw(cell))),
    ),
  );
  // Focusable, so that a table wider than the page can be scrolled with the keyboard.
  return h(
    "div",
    { class: "table", tabindex: "0", role: "group", "aria-label": block.columns.join(", ") },
    h("table", null, h("thead", null, head), h("tbody", null, rows)),
  );
}

function entries(block, message) {
  const items = block.entries.map((entry) => entryNode(entry, message));
  const more = block.more > 0 && h("p", { class: "note" }, tr("more_entries", { n: block.more }));
  return [h("ul", { class: "entries" }, items), more];
}

function entryNode(entry, message) {
  const [first, ...others] = entry.buttons;
  const words = h(
    "div",
    { class: "entry-words" },
    h("div", null, draw(entry.text)),
    entry.note && h("div", { class: "note" }, draw(entry.note)),
  );
  const subject = plain(entry.text);
  return h(
    "li",
    { class: "entry" },
    words,
    first &&
      h(
        "div",
        { class: "entry-buttons" },
        buttonNode(first, message, subject),
        others.length > 0 && overflow(others, message, subject),
      ),
  );
}

function overflow(buttons, message, subject) {
  const label = `${tr("more_actions")}: ${subject}`;
  const more = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": label,
      title: tr("more_actions"),
      "aria-haspopup": "menu",
    },
    icon("more"),
  );
  more.addEventListener("click", () =>
    openMenu(
      more,
      buttons.map((button) => ({
        label: button.label,
        danger: button.tone === "danger",
        run: () => press(button, message, more),
      })),
      label,
    ),
  );
  return more;
}

/** @param {string} [subject] what it is about, for those who do not see where it stands */
function buttonNode(button, message, subject) {
  const node = h(
    "button",
    {
      type: "button",
      class: `button tone-${button.tone}`,
      "aria-description": subject,
      "aria-haspopup": button.opens_form || button.confirm ? "dialog" : null,
    },
    button.label,
  );
  node.addEventListener("click", () => press(button, message, node));
  return node;
}
