/** Ctrl+K: to a channel or a person by a few letters. */
import { dialog } from "./dialogs.js";
import { fill, h, icon, newId } from "./dom.js";
import { tr } from "./i18n.js";
import { avatar, MUSTER } from "./people.js";
import { become } from "./personas.js";
import { hashOf, nameOf, state } from "./store.js";

const MOST = 10;

export function openSwitcher() {
  if (document.querySelector("dialog[open]")) return;
  const shown = dialog(tr("jump_label"), { narrow: true });
  shown.node.classList.add("switcher");
  const list = h("ul", { role: "listbox", id: newId("places"), "aria-label": tr("jump_label") });
  const input = h("input", {
    type: "text",
    role: "combobox",
    "aria-expanded": "true",
    "aria-controls": list.id,
    "aria-label": tr("jump_label"),
    placeholder: tr("jump"),
    autocomplete: "off",
  });
  const model = { found: [], at: 0 };
  const go = (place) => {
    shown.close();
    place.go();
  };
  const draw = () => {
    model.found = places(input.value);
    model.at = Math.max(0, Math.min(model.at, model.found.length - 1));
    const nodes = model.found.map((place, at) =>
      placeNode(place, `${list.id}-${at}`, at === model.at, () => go(place)),
    );
    fill(list, nodes.length ? nodes : h("li", { class: "none" }, tr("jump_none")));
    input.setAttribute("aria-activedescendant", nodes.length ? `${list.id}-${model.at}` : "");
    list.children[model.at]?.scrollIntoView({ block: "nearest" });
  };
  input.addEventListener("input", () => {
    model.at = 0;
    draw();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    model.at = (model.at + step + model.found.length) % Math.max(1, model.found.length);
    draw();
  });
  shown.frame.addEventListener("submit", () => model.found[model.at] && go(model.found[model.at]));
  fill(shown.body, input, list);
  shown.feet.remove();
  shown.open();
  input.focus();
  draw();
}

function placeNode(place, id, isAt, onClick) {
  return h(
    "li",
    { role: "option", id, "aria-selected": String(isAt), on: { click: onClick } },
    place.lead(),
    h("span", { class: "option-name" }, place.name),
    place.note && h("span", { class: "option-note" }, place.note),
  );
}

/** What fits to what was typed: channels first, those with unread messages before the others. */
function places(typed) {
  const wanted = typed.trim().toLowerCase();
  const channels = [...state.channels]
    .filter((channel) => channel.id !== state.channel)
    .sort((a, b) => Number(b.unread > 0) - Number(a.unread > 0))
    .map((channel) => ({
      name: nameOf(channel, tr("muster")),
      note: channel.direct ? "" : `#${channel.name}`,
      words: [channel.title, channel.name, channel.direct ? tr("muster") : ""],
      lead: () =>
        channel.direct ? avatar(MUSTER, "tiny") : icon(channel.private ? "lock" : "hash"),
      go: () => (location.hash = hashOf(channel)),
    }));
  const people = state.people
    .filter((person) => person.id !== state.me)
    .map((person) => ({
      name: tr("become", { name: person.name }),
      words: [person.name, person.id],
      lead: () => avatar(person.id, "tiny"),
      go: () => become(person.id),
    }));
  return [...channels, ...people]
    .filter(({ words }) =>
      words.some((word) => word.toLowerCase().includes(wanted.replace(/^[#@]/, ""))),
    )
    .slice(0, MOST);
}
