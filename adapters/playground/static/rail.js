/** The left rail: where one can go, and who one is. */
import { ask, field, tick } from "./dialogs.js";
import { post } from "./api.js";
import { fill, h, icon, iconButton, unseen } from "./dom.js";
import { tr } from "./i18n.js";
import { avatar, MUSTER } from "./people.js";
import { openPersonas } from "./personas.js";
import { hashOf, me, nameOf, state } from "./store.js";
import { openSwitcher } from "./switcher.js";

/** @returns {{node: HTMLElement, draw: () => void}} */
export function rail() {
  const channels = h("ul", { class: "places" });
  const direct = h("ul", { class: "places" });
  const persona = h("button", { type: "button", class: "persona", "aria-haspopup": "menu" });
  persona.addEventListener("click", () => openPersonas(persona));
  const node = h(
    "nav",
    { class: "rail", id: "rail", "aria-label": tr("workspace") },
    brand(),
    jump(),
    h(
      "div",
      { class: "rail-scroll" },
      section(tr("channels"), channels, iconButton("plus", tr("add_channel"), addChannel)),
      section(tr("direct"), direct),
    ),
    persona,
  );
  const draw = () => {
    const open = state.channels.filter(
      (channel) => !channel.archived || channel.id === state.channel,
    );
    fill(channels, open.filter((channel) => !channel.direct).map(placeNode));
    fill(direct, open.filter((channel) => channel.direct).map(placeNode));
    drawPersona(persona);
  };
  return { node, draw };
}

function brand() {
  const theme = h("button", { type: "button", class: "icon-button" });
  const drawTheme = () => {
    const isDark = window.musterTheme.current() === "dark";
    const label = tr(isDark ? "to_light" : "to_dark");
    theme.setAttribute("aria-label", label);
    theme.title = label;
    fill(theme, icon(isDark ? "sun" : "moon"));
  };
  theme.addEventListener("click", () => window.musterTheme.toggle());
  addEventListener("muster:theme", drawTheme);
  drawTheme();
  const words = h(
    "span",
    { class: "brand-words" },
    h("strong", null, tr("muster")),
    h("span", null, tr("playground")),
  );
  return h("header", { class: "brand" }, avatar(MUSTER), words, theme);
}

function jump() {
  const keys = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘K" : "Ctrl K";
  return h(
    "button",
    {
      type: "button",
      class: "jump",
      "aria-keyshortcuts": "Control+K Meta+K",
      on: { click: openSwitcher },
    },
    icon("search"),
    h("span", null, tr("jump")),
    h("kbd", { "aria-hidden": "true" }, keys),
  );
}

function section(title, list, button) {
  return h(
    "section",
    { "aria-label": title },
    h("header", null, h("h2", null, title), button),
    list,
  );
}

function placeNode(channel) {
  const name = nameOf(channel, tr("muster"));
  const isCurrent = channel.id === state.channel;
  const marks = [
    channel.title !== channel.name && channel.name,
    channel.private && !channel.direct && tr("private"),
    channel.archived && tr("archived"),
    channel.unread > 0 && tr("unread", { n: channel.unread }),
  ].filter(Boolean);
  const link = h(
    "a",
    {
      href: hashOf(channel),
      class: `place${channel.unread && !isCurrent ? " unread" : ""}${channel.joined ? "" : " outside"}`,
      "aria-current": isCurrent ? "page" : null,
      title: channel.direct ? null : `#${channel.name}`,
    },
    lead(channel),
    h("span", { class: "place-name" }, name),
    marks.length > 0 && unseen(`, ${marks.join(", ")}`),
    channel.unread > 0 &&
      !isCurrent &&
      h(
        "span",
        { class: "dot", "aria-hidden": "true" },
        channel.unread > 99 ? "99+" : String(channel.unread),
      ),
  );
  return h("li", null, link);
}

function lead(channel) {
  if (channel.direct) return avatar(MUSTER, "tiny");
  return icon(channel.archived ? "archive" : channel.private ? "lock" : "hash");
}

function drawPersona(button) {
  const person = me();
  if (!person) return;
  const note = [person.lang === "zh" ? "中文" : "English", person.zone.replaceAll("_", " ")].join(
    " · ",
  );
  fill(
    button,
    avatar(person.id),
    unseen(`${tr("persona")}: `),
    h("span", { class: "persona-words" }, h("strong", null, person.name), h("span", null, note)),
    icon("chevron"),
  );
}

function addChannel() {
  const name = h("input", {
    type: "text",
    maxlength: 80,
    autocomplete: "off",
    spellcheck: "false",
  });
  const isPrivate = h("input", { type: "checkbox" });
  const fields = [
    field(tr("channel_name"), name, tr("channel_name_hint")),
    tick(tr("channel_private"), isPrivate),
  ];
  ask(tr("add_channel"), fields, tr("create"), async () => {
    const made = await post("/channels", { name: name.value.trim(), private: isPrivate.checked });
    location.hash = `#/${encodeURIComponent(state.me)}/${encodeURIComponent(made.name)}`;
  });
}
