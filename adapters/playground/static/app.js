/** The page: puts the parts together, follows the address, and keeps everything current. */
import { attempt, get, post } from "./api.js";
import { Composer } from "./composer.js";
import { fill, h } from "./dom.js";
import { header } from "./header.js";
import { speak, tr } from "./i18n.js";
import { listen, soon } from "./live.js";
import { Log } from "./log.js";
import { closePanel } from "./menu.js";
import { welcome } from "./personas.js";
import { rail } from "./rail.js";
import { channelOf, current, hashOf, learn, me, nameOf, on, readHash, state } from "./store.js";
import { openSwitcher } from "./switcher.js";
import { forgetCommands } from "./suggest.js";
import { ThreadPanel } from "./thread.js";

const root = document.getElementById("app");
const LAST = "muster.persona";

/** The parts on the page; made anew when the language changes. */
let parts = null;
/** Who the live changes come for. */
let listening = null;

function build() {
  closePanel();
  const person = me();
  speak(person?.lang ?? guessLanguage(), person?.zone ?? "UTC");
  if (!person) {
    parts = null;
    fill(root, welcome());
    root.querySelector("input").focus();
    return;
  }
  const side = rail();
  const head = header(() => toggleRail(true));
  const log = new Log({ empty });
  const composer = new Composer({ label: tr("message"), onSent: () => log.toBottom() });
  const bar = h("div", { class: "bar" });
  const thread = new ThreadPanel(() => go(current(), null));
  const main = h("main", { class: "main" }, head.node, log.node, bar, composer.node);
  const skip = h("a", { class: "skip", href: `#${composer.box.id}` }, tr("skip"));
  skip.addEventListener("click", (event) => {
    event.preventDefault();
    composer.focus();
  });
  const shade = h("div", { class: "shade", on: { click: () => toggleRail(false) } });
  fill(root, skip, side.node, shade, main, thread.node);
  parts = { side, head, log, composer, bar, thread, looks: looksOf(person) };
}

const looksOf = (person) => JSON.stringify([person?.id, person?.lang, person?.zone]);
const guessLanguage = () => (navigator.language.startsWith("zh") ? "zh" : "en");

function empty() {
  const channel = current();
  const words = channel?.direct ? "nothing_direct" : "nothing_yet";
  return h(
    "div",
    { class: "empty" },
    h("p", null, tr(words)),
    h("p", { class: "note" }, tr("nothing_hint")),
  );
}

function toggleRail(isOpen) {
  root.classList.toggle("rail-open", isOpen);
  parts.head.menu.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) parts.side.node.querySelector("a, button")?.focus();
}

/** Open a channel, and a thread in it or none. */
function go(channel, thread) {
  if (channel) location.hash = hashOf(channel, thread);
}

/**
 * Load who is there and what channels there are, as `person`. Until they are somebody else, nobody
 * can act as who they were.
 */
async function load(person) {
  const asked = ++loads;
  root.inert = person !== state.me;
  const news = await attempt(get("/state", { as: person }));
  if (asked !== loads) return false;
  root.inert = false;
  if (!news) return false;
  // The playground was started anew with nothing in it: nothing here is true any more.
  if (state.town && state.town !== news.town) location.reload();
  learn(news);
  return true;
}
let loads = 0;

/** Follow the address: who, where, which thread. */
async function route() {
  const wanted = readHash();
  const person = wanted.person || state.me || remembered();
  if (person !== state.me && !(await load(person))) return;
  if (parts?.looks !== looksOf(me()) || !me()) build();
  if (listening !== state.me) {
    listening = state.me;
    listen();
  }
  if (!me()) return;
  remember(state.me);
  // A channel that was only just made is not known yet.
  if (wanted.place && !find(wanted.place, false)) await load(state.me);
  const channel = find(wanted.place);
  if (!channel) return;
  const isRight = wanted.person === state.me && wanted.place !== "" && find(wanted.place, false);
  if (!isRight) history.replaceState(null, "", hashOf(channel, wanted.thread));
  await show(channel, wanted.thread);
}

/** The channel that the address names; else the one that is nearest to it. */
function find(place, orAnother = true) {
  const named =
    place &&
    state.channels.find((channel) =>
      place === "@muster" ? channel.direct : channel.name === place || channel.id === place,
    );
  if (named || !orAnother) return named || null;
  return (
    channelOf(state.channel) ??
    state.channels.find((channel) => channel.joined) ??
    state.channels[0]
  );
}

async function show(channel, thread) {
  const isOther = state.channel !== channel.id || parts.shown !== state.me;
  state.channel = channel.id;
  state.thread = thread;
  parts.shown = state.me;
  toggleRailQuietly();
  draw();
  const opening = parts.thread.open(channel.id, thread);
  if (isOther) {
    const name = nameOf(channel, tr("muster"));
    parts.composer.open(
      channel.id,
      null,
      channel.direct
        ? tr("message_direct")
        : tr("message_to", { name: channel.title === channel.name ? `#${name}` : name }),
    );
    if (!thread && matchMedia("(hover: hover)").matches) parts.composer.focus();
    await parts.log.open(channel.id, null, tr("messages", { name }));
    markRead();
  }
  await opening;
}

function toggleRailQuietly() {
  root.classList.remove("rail-open");
  parts.head.menu.setAttribute("aria-expanded", "false");
}

/** Draw what the state says; the messages draw themselves. */
function draw() {
  if (!parts) return;
  const channel = current();
  parts.side.draw();
  parts.head.draw();
  if (!channel) return;
  const canWrite = channel.joined && !channel.archived;
  const comesBack = canWrite && parts.composer.node.hidden;
  parts.composer.node.hidden = !canWrite;
  // Whoever was just let in goes on writing where the cursor was taken from them.
  if (comesBack && document.activeElement === document.body) parts.composer.focus();
  fill(parts.bar, !canWrite && barNode(channel));
  const unread = state.channels.reduce(
    (sum, each) => sum + (each.id === channel.id ? 0 : each.unread),
    0,
  );
  document.title = `${unread ? `(${unread}) ` : ""}${nameOf(channel, tr("muster"))} · ${tr("muster")}`;
}

function barNode(channel) {
  const [words, label, path, body] = channel.archived
    ? [tr("is_archived_bar"), tr("unarchive"), "/archive", { archived: false }]
    : [tr("not_joined", { name: nameOf(channel, "") }), tr("join"), "/join", {}];
  const button = h("button", { type: "button", class: "button primary" }, label);
  button.addEventListener("click", () => attempt(post(path, { channel: channel.id, ...body })));
  return h(
    "div",
    { class: "bar-inside" },
    h("span", null, words),
    (channel.joined || !channel.archived) && button,
  );
}

const markRead = soon(() => {
  const channel = current();
  if (channel?.unread && document.visibilityState === "visible")
    void post("/read", { channel: channel.id }).catch(() => {});
}, 150);

const refresh = soon(async () => {
  if (!(await load(state.me))) return;
  await route();
  draw();
  markRead();
});

/** Fetch a message that came or changed, and show it where it belongs. */
const underway = new Map();
async function fetchMessage(id) {
  underway.set(id, (underway.get(id) ?? 0) + 1);
  if (underway.get(id) > 1) return; // fetched again when the first answer is there
  for (let seen = 0; seen !== underway.get(id);) {
    seen = underway.get(id);
    const message = await get(`/messages/${id}`).catch(() => null);
    if (message) take(message);
  }
  underway.delete(id);
}

function take(message) {
  if (!parts) return;
  if (parts.log.holds(message)) parts.log.take([message]);
  if (parts.thread.thread && parts.thread.log.holds(message)) parts.thread.log.take([message]);
}

on("hello", () => {
  forgetCommands();
  refresh();
  if (parts?.log.place.channel) void parts.log.load();
  if (parts?.thread.thread) void parts.thread.log.load();
});
on("state", refresh);
on("changed", ({ channel, message }) => {
  if (channel === state.channel) void fetchMessage(message);
  refresh();
});
on("message", take);
on("open-thread", (message) => go(current(), message.thread ?? message.id));
addEventListener("hashchange", () => void route());
addEventListener("visibilitychange", markRead);
addEventListener("keydown", (event) => {
  if (
    (event.ctrlKey || event.metaKey) &&
    !event.shiftKey &&
    !event.altKey &&
    event.key.toLowerCase() === "k"
  ) {
    event.preventDefault();
    openSwitcher();
  } else if (event.key === "Escape" && root.classList.contains("rail-open")) {
    toggleRail(false);
  }
});

function remember(person) {
  try {
    localStorage.setItem(LAST, person);
  } catch {
    // storage can be switched off
  }
}

function remembered() {
  try {
    return localStorage.getItem(LAST) ?? "";
  } catch {
    return "";
  }
}

void route();
