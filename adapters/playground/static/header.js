/** The head of a channel: what it is called and about, who is in it, what is pinned. */
import { attempt, get, post } from "./api.js";
import { clock } from "./clock.js";
import { ask, confirm, field } from "./dialogs.js";
import { fill, h, icon, iconButton, unseen } from "./dom.js";
import { tr } from "./i18n.js";
import { closePanel, openMenu, openPanel } from "./menu.js";
import { messageNode } from "./message.js";
import { avatar, MUSTER } from "./people.js";
import { picker } from "./picker.js";
import { current, nameOf, personOf, state } from "./store.js";
import { toast } from "./toast.js";

/** @param {() => void} openRail for narrow windows @returns {{node: HTMLElement, draw: () => void, menu: HTMLElement}} */
export function header(openRail) {
  const title = h("div", { class: "head-title" });
  const actions = h("div", { class: "head-actions" });
  const time = clock();
  const menu = iconButton("menu", tr("open_channels"), openRail, {
    class: "icon-button rail-toggle",
    "aria-controls": "rail",
    "aria-expanded": "false",
  });
  const node = h("header", { class: "head" }, menu, title, actions, time);
  let before = "";
  const draw = () => {
    const channel = current();
    time.redraw();
    const looks = JSON.stringify([channel, state.people.length]);
    if (!channel || looks === before) return;
    before = looks;
    fill(title, titleNode(channel));
    fill(actions, !channel.direct && [membersButton(channel), pinsButton(channel)]);
  };
  return { node, draw, menu };
}

function titleNode(channel) {
  const name = nameOf(channel, tr("muster"));
  const lead = channel.direct ? avatar(MUSTER, "small") : icon(channel.private ? "lock" : "hash");
  const slug =
    channel.title !== channel.name &&
    !channel.direct &&
    h("span", { class: "head-slug" }, `#${channel.name}`);
  const heading = h("h1", null, name);
  const words = h(
    "div",
    { class: "head-words" },
    h("div", { class: "head-name" }, heading, slug),
    channel.topic && h("p", { class: "topic", title: channel.topic }, channel.topic),
  );
  if (channel.direct || !channel.joined) return [lead, words];
  const more = iconButton("chevron", tr("channel_actions"), () => openActions(more), {
    "aria-haspopup": "menu",
  });
  heading.after(more);
  return [lead, words];
}

function openActions(anchor) {
  const channel = current();
  const id = channel.id;
  openMenu(
    anchor,
    [
      !channel.archived && { label: tr("invite"), icon: "people", run: () => invite(channel) },
      !channel.archived && { label: tr("rename"), icon: "pen", run: () => rename(channel) },
      !channel.archived && {
        label: tr("leave"),
        icon: "leave",
        run: () => attempt(post("/leave", { channel: id })),
      },
      channel.archived
        ? {
            label: tr("unarchive"),
            icon: "archive",
            run: () => attempt(post("/archive", { channel: id, archived: false })),
          }
        : {
            label: tr("archive"),
            icon: "archive",
            danger: true,
            separate: true,
            run: () => archive(id),
          },
    ],
    tr("channel_actions"),
  );
}

async function archive(channel) {
  if (await confirm(tr("archive_ask"), tr("archive"), true))
    await attempt(post("/archive", { channel }));
}

function rename(channel) {
  const input = h("input", {
    type: "text",
    value: channel.name,
    maxlength: 80,
    autocomplete: "off",
    spellcheck: "false",
  });
  ask(
    tr("rename_title"),
    [field(tr("channel_name"), input, tr("channel_name_hint"))],
    tr("save"),
    () => post("/rename", { channel: channel.id, name: input.value.trim() }),
  );
}

function invite(channel) {
  const among = state.people
    .map((person) => person.id)
    .filter((id) => !channel.members.includes(id));
  if (among.length === 0) {
    toast(tr("everybody_in"));
    return;
  }
  const chosen = picker({ label: tr("people"), value: [], many: true, among });
  const row = field(tr("people"), chosen.input, null, chosen.control);
  closePanel();
  ask(tr("invite_title", { name: nameOf(channel, "") }), [row], tr("invite_done"), () =>
    post("/invite", { channel: channel.id, people: chosen.read() }),
  );
}

function membersButton(channel) {
  const n = channel.members.length;
  const words = tr("members", { n });
  const faces = channel.members.slice(0, 3).map((id) => avatar(id, "tiny"));
  const button = h(
    "button",
    { type: "button", class: "head-button", title: words, "aria-haspopup": "dialog" },
    h("span", { class: "faces" }, faces),
    h("span", { "aria-hidden": "true" }, String(n)),
    unseen(words),
  );
  button.addEventListener("click", () => openPanel(button, membersPanel(channel)));
  return button;
}

function membersPanel(channel) {
  const rows = channel.members.map((id) => {
    const person = personOf(id);
    const notes = [
      person?.id === state.me && tr("you"),
      person?.admin && tr("admin"),
      person?.zone.replaceAll("_", " "),
    ];
    return h(
      "li",
      null,
      avatar(id, "small"),
      h(
        "span",
        null,
        h("strong", null, person?.name ?? id),
        h("span", { class: "option-note" }, notes.filter(Boolean).join(" · ")),
      ),
    );
  });
  const add =
    channel.joined &&
    !channel.archived &&
    h(
      "button",
      { type: "button", class: "button", on: { click: () => invite(channel) } },
      tr("invite"),
    );
  return h(
    "div",
    { class: "members", role: "dialog", "aria-label": tr("members_title"), tabindex: "-1" },
    h("h2", null, tr("members_title")),
    h("ul", null, rows),
    add,
  );
}

function pinsButton(channel) {
  const label = tr("pinned_title");
  const button = h(
    "button",
    {
      type: "button",
      class: "head-button",
      "aria-label": label,
      title: label,
      "aria-haspopup": "dialog",
    },
    icon("pin"),
    h("span", { class: "head-label" }, label),
  );
  button.addEventListener("click", async () => {
    const found = await attempt(get("/pins", { channel: channel.id }));
    if (!found) return;
    const nodes = found.messages.map((message) => messageNode(message));
    const words = tr("pinned", { n: nodes.length });
    openPanel(
      button,
      h(
        "div",
        { class: "pins", role: "dialog", "aria-label": label, tabindex: "-1" },
        h("h2", null, words),
        nodes,
      ),
    );
  });
  return button;
}
