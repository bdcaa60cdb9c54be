/** Who one is: switching between people, adding one, and their language and time zone. */
import { attempt, post } from "./api.js";
import { ask, field } from "./dialogs.js";
import { h } from "./dom.js";
import { language, tr } from "./i18n.js";
import { openMenu } from "./menu.js";
import { avatar } from "./people.js";
import { current, hashOf, me, state } from "./store.js";

/** @param {HTMLElement} anchor */
export function openPersonas(anchor) {
  const people = state.people.map((person) => ({
    label: person.name,
    note: person.admin ? tr("admin") : "",
    lead: avatar(person.id, "small"),
    checked: person.id === state.me,
    run: () => become(person.id),
  }));
  const more = [
    { label: tr("add_person"), icon: "plus", separate: true, run: addPerson },
    { label: tr("settings"), icon: "globe", run: openSettings },
  ];
  openMenu(anchor, [...people, ...more], tr("persona_title"));
}

/** Continue as somebody else, in the same place where they can. */
export function become(person) {
  const channel = current();
  location.hash = channel ? hashOf(channel, null, person) : `#/${encodeURIComponent(person)}`;
}

const ownZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

function zones() {
  const all = Intl.supportedValuesOf?.("timeZone") ?? [];
  return [...new Set(["UTC", ownZone(), ...all])];
}

function zoneSelect(value) {
  const select = h(
    "select",
    null,
    [...new Set([value, ...zones()])].map((zone) =>
      h("option", { value: zone }, zone.replaceAll("_", " ")),
    ),
  );
  select.value = value;
  return select;
}

function languageSelect(value) {
  const select = h(
    "select",
    null,
    h("option", { value: "en", lang: "en" }, "English"),
    h("option", { value: "zh", lang: "zh" }, "中文"),
  );
  select.value = value;
  return select;
}

const labelled = (label, select) =>
  field(label, select, null, h("div", { class: "select" }, select));

export function personFields() {
  const name = h("input", { type: "text", maxlength: 60, autocomplete: "off" });
  const lang = languageSelect(language());
  const zone = zoneSelect(ownZone());
  name.addEventListener("input", () => {
    if (/[\u3400-\u9fff]/.test(name.value)) lang.value = "zh";
  });
  const fields = [
    field(tr("person_name"), name, tr("person_name_hint")),
    labelled(tr("language"), lang),
    labelled(tr("zone"), zone),
  ];
  const send = () => post("/people", { name: name.value, lang: lang.value, zone: zone.value });
  return { fields, send };
}

function addPerson() {
  const { fields, send } = personFields();
  ask(tr("add_person_title"), fields, tr("add"), async () => {
    const person = await send();
    become(person.id);
  });
}

function openSettings() {
  const person = me();
  const lang = languageSelect(person.lang);
  const zone = zoneSelect(person.zone);
  const fields = [labelled(tr("language"), lang), labelled(tr("zone"), zone)];
  ask(tr("settings_title", { name: person.name }), fields, tr("save"), () =>
    post("/me", { lang: lang.value, zone: zone.value }),
  );
}

/** For a town in which nobody lives yet. */
export function welcome() {
  const { fields, send } = personFields();
  const start = h("button", { type: "submit", class: "button primary" }, tr("start"));
  const form = h(
    "form",
    { class: "welcome", novalidate: true },
    avatar("muster"),
    h("h1", null, tr("welcome")),
    h("p", null, tr("welcome_text")),
    fields,
    h("div", { class: "dialog-buttons" }, start),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const person = await attempt(send());
    if (person) location.hash = `#/${encodeURIComponent(person.id)}`;
  });
  return h("main", { class: "welcome-page" }, form);
}
