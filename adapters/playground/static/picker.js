/** Choosing people: what is chosen as chips, and a search box with a list below. */
import { fill, h, icon, newId } from "./dom.js";
import { tr } from "./i18n.js";
import { avatar, nameOfAuthor } from "./people.js";
import { state } from "./store.js";

/**
 * A combobox; the arrow keys move in its list, Enter chooses, Backspace takes the last one away.
 * @param {{label: string, value: string[], many: boolean, among?: string[]}} how `among` limits it
 * @returns {{control: HTMLElement, input: HTMLInputElement, isGroup: boolean, read: () => string[]}}
 */
export function picker({ label, value, many, among }) {
  // `at` is the option the keyboard is at; -1 for none, so that Enter chooses nobody by accident.
  const model = { chosen: [...value], at: -1, found: [] };
  const input = h("input", {
    type: "text",
    role: "combobox",
    autocomplete: "off",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
    placeholder: tr("search_people"),
  });
  const list = h("ul", {
    role: "listbox",
    id: newId("people"),
    "aria-label": label,
    hidden: true,
    "aria-multiselectable": many ? "true" : null,
  });
  const chips = h("span", { class: "chips" });
  input.setAttribute("aria-controls", list.id);
  const control = h(
    "div",
    { class: "picker" },
    h("div", { class: "picker-box" }, chips, input),
    list,
  );
  const view = { control, input, list, chips, label, many, among, model };
  drawChips(view);
  listen(view);
  return { control, input, isGroup: false, read: () => [...model.chosen] };
}

function listen(view) {
  const { control, input, list, model } = view;
  input.addEventListener("focus", () => openList(view));
  input.addEventListener("input", (event) => {
    event.stopPropagation(); // a search is no value
    model.at = input.value.trim() ? 0 : -1;
    openList(view);
  });
  input.addEventListener("blur", () =>
    setTimeout(() => control.contains(document.activeElement) || closeList(view)),
  );
  input.addEventListener("keydown", (event) => onKey(view, event));
  input.addEventListener("click", () => openList(view));
  // Not click: the list must not take the focus from the box.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  control.addEventListener("click", (event) => {
    if (event.target === control.firstChild) input.focus();
  });
}

function matching({ input, among }) {
  const typed = input.value
    .trim()
    .replace(/^[@\uff20]/, "")
    .toLowerCase();
  return state.people
    .filter((person) => !among || among.includes(person.id))
    .filter((person) => person.name.toLowerCase().includes(typed) || person.id.includes(typed));
}

function openList(view) {
  const { input, list, model } = view;
  model.found = matching(view);
  model.at = Math.min(model.at, model.found.length - 1);
  const options = model.found.map((person, at) => option(view, person, at));
  fill(list, options.length ? options : h("li", { class: "none" }, tr("no_match")));
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  point(view);
}

function option(view, person, at) {
  const isChosen = view.model.chosen.includes(person.id);
  const node = h(
    "li",
    { role: "option", id: `${view.list.id}-${person.id}`, "aria-selected": String(isChosen) },
    avatar(person.id, "tiny"),
    h("span", { class: "option-name" }, person.name),
    isChosen && icon("check"),
  );
  node.addEventListener("click", () => {
    view.model.at = at;
    toggle(view, person.id);
  });
  return node;
}

/** Show which option the keyboard is at. */
function point({ input, list, model }) {
  [...list.children].forEach((node, at) => node.classList.toggle("at", at === model.at));
  const node = list.children[model.at];
  if (node?.id) {
    input.setAttribute("aria-activedescendant", node.id);
    node.scrollIntoView({ block: "nearest" });
  } else {
    input.removeAttribute("aria-activedescendant");
  }
}

function closeList({ input, list, model }) {
  list.hidden = true;
  input.value = "";
  model.at = -1;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

function toggle(view, id) {
  const { model, many, input } = view;
  const has = model.chosen.includes(id);
  if (has) model.chosen = model.chosen.filter((each) => each !== id);
  else model.chosen = many ? [...model.chosen, id] : [id];
  changed(view);
  input.value = "";
  model.at = -1;
  if (many || has) openList(view);
  else closeList(view);
}

function changed(view) {
  drawChips(view);
  view.control.dispatchEvent(new Event("input", { bubbles: true }));
}

function drawChips(view) {
  const { chips, model, input } = view;
  fill(
    chips,
    model.chosen.map((id) => chip(view, id)),
  );
  input.placeholder = model.chosen.length ? "" : tr("search_people");
}

function chip(view, id) {
  const name = nameOfAuthor(id);
  const away = h(
    "button",
    { type: "button", "aria-label": tr("remove", { name }), title: tr("remove", { name }) },
    icon("close"),
  );
  away.addEventListener("click", () => {
    view.model.chosen = view.model.chosen.filter((each) => each !== id);
    changed(view);
    view.input.focus();
  });
  return h("span", { class: "chip" }, avatar(id, "tiny"), h("span", null, name), away);
}

function onKey(view, event) {
  const { list, model, input } = view;
  const isOpen = !list.hidden;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    if (!isOpen) return openList(view);
    const count = Math.max(1, model.found.length);
    model.at = model.at < 0 && step < 0 ? count - 1 : (model.at + step + count) % count;
    point(view);
  } else if (
    event.key === "Enter" &&
    isOpen &&
    model.found[model.at] &&
    !(event.ctrlKey || event.metaKey) &&
    !event.isComposing
  ) {
    event.preventDefault();
    toggle(view, model.found[model.at].id);
  } else if (event.key === "Escape" && isOpen) {
    event.preventDefault(); // closes the list, not the dialog
    event.stopPropagation();
    closeList(view);
  } else if (event.key === "Backspace" && input.value === "" && model.chosen.length) {
    model.chosen = model.chosen.slice(0, -1);
    changed(view);
    openList(view);
  }
}
