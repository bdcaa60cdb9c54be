/** A list of messages, in a channel or in a thread: pages of it, and what comes live. */
import { attempt, get } from "./api.js";
import { h, icon } from "./dom.js";
import { dayKey, dayOf, tr } from "./i18n.js";
import { messageNode } from "./message.js";
import { now } from "./store.js";

const GROUPED_WITHIN = 5 * 60_000;
const NEAR = 80;

export class Log {
  /** @param {{inThread?: boolean, empty?: () => Node}} [how] */
  constructor({ inThread = false, empty = () => null } = {}) {
    this.inThread = inThread;
    this.empty = empty;
    /** @type {any[]} in order */
    this.messages = [];
    /** What is on the page, by key. @type {Map<string, HTMLElement>} */
    this.drawn = new Map();
    this.place = { channel: null, thread: null };
    this.first = null;
    this.hasOlder = false;
    this.list = h("div", {
      class: "log-list",
      role: "log",
      "aria-live": "polite",
      "aria-relevant": "additions",
    });
    this.older = h("button", { type: "button", class: "button older", hidden: true }, tr("older"));
    this.newest = h(
      "button",
      { type: "button", class: "to-newest", hidden: true },
      icon("chevron"),
      tr("to_newest"),
    );
    this.scroll = h("div", { class: "log-scroll", tabindex: "0" }, this.older, this.list);
    this.node = h("div", { class: "log" }, this.scroll, this.newest);
    this.older.addEventListener("click", () => this.loadOlder());
    this.newest.addEventListener("click", () => this.toBottom());
    this.scroll.addEventListener("scroll", () => this.onScroll(), { passive: true });
    // What is at the bottom stays there when the box of the composer grows or a panel opens.
    this.isAtBottom = true;
    new ResizeObserver(() => this.isAtBottom && this.toBottom()).observe(this.scroll);
  }

  /** Show another place, from its newest messages on. */
  async open(channel, thread, label) {
    this.place = { channel, thread };
    this.list.setAttribute("aria-label", label);
    this.scroll.setAttribute("aria-label", label);
    this.messages = [];
    this.isAtBottom = true;
    await this.load();
  }

  /** Load the newest page again; what was loaded before it stays. */
  async load() {
    const asked = this.place;
    this.list.setAttribute("aria-busy", "true");
    const page = await attempt(get("/messages", asked));
    if (asked !== this.place) return; // somewhere else by now
    if (page) {
      this.first = page.first;
      const isFresh = this.messages.length === 0;
      if (isFresh) this.hasOlder = page.more;
      this.take(page.messages);
    }
    this.list.removeAttribute("aria-busy");
  }

  async loadOlder() {
    if (!this.hasOlder || this.isLoading) return;
    this.isLoading = true;
    const asked = this.place;
    const page = await attempt(get("/messages", { ...asked, before: this.messages[0]?.id }));
    this.isLoading = false;
    if (!page || asked !== this.place) return;
    this.hasOlder = page.more;
    const height = this.scroll.scrollHeight;
    this.list.setAttribute("aria-busy", "true"); // history is not news
    this.take(page.messages);
    this.scroll.scrollTop += this.scroll.scrollHeight - height;
    setTimeout(() => this.list.removeAttribute("aria-busy"));
  }

  /** Whether a message belongs in this list. */
  holds(message) {
    const { channel, thread } = this.place;
    if (message.channel !== channel) return false;
    return thread ? message.thread === thread || message.id === thread : !message.thread;
  }

  /** Add messages, or show them as they are now. */
  take(messages) {
    const known = new Map(this.messages.map((message) => [message.id, message]));
    for (const message of messages) {
      if (message.id === this.place.thread) this.first = message;
      else known.set(message.id, message);
    }
    this.messages = [...known.values()].sort((a, b) => Number(a.id) - Number(b.id));
    this.draw();
  }

  draw() {
    const follow = this.isAtBottom;
    const last = this.messages.at(-1)?.id;
    reconcile(this.list, this.wanted(), this.drawn);
    this.older.hidden = !this.hasOlder;
    if (follow) this.toBottom();
    else if (this.lastSeen !== undefined && last !== this.lastSeen) this.newest.hidden = false;
    this.lastSeen = last;
  }

  /** What should be on the page, in order: a key that says what it looks like, and how to make it. */
  wanted() {
    const all = this.first && this.place.thread ? [this.first, ...this.messages] : this.messages;
    if (all.length === 0) return [{ key: "empty", make: () => h("div", null, this.empty()) }];
    const nodes = [];
    let before = null;
    let lastDay = null;
    for (const message of all) {
      const day = dayKey(new Date(message.at));
      const isNewDay = day !== lastDay;
      lastDay = day;
      if (isNewDay) nodes.push(divider(day, message));
      const grouped = !isNewDay && isGrouped(before, message);
      const how = { grouped, inThread: this.inThread };
      nodes.push({
        id: message.id,
        key: `${JSON.stringify(message)}${grouped}`,
        make: () => messageNode(message, how),
      });
      if (message === this.first) nodes.push(repliesRule(this.messages.length));
      before = message === this.first ? null : message;
    }
    return nodes;
  }

  toBottom() {
    this.scroll.scrollTop = this.scroll.scrollHeight;
    this.newest.hidden = true;
    this.isAtBottom = true;
  }

  onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroll;
    this.isAtBottom = scrollHeight - scrollTop - clientHeight < NEAR;
    if (this.isAtBottom) this.newest.hidden = true;
    if (scrollTop < NEAR && this.messages.length) void this.loadOlder();
  }
}

function divider(day, message) {
  const words = dayOf(new Date(message.at), now());
  return {
    key: `day ${day} ${words} ${message.id}`,
    make: () =>
      h("div", { class: "day", role: "separator", "aria-label": words }, h("span", null, words)),
  };
}

function repliesRule(n) {
  const words = n ? tr("replies", { n }) : tr("reply_box");
  return {
    key: `rule ${words}`,
    make: () =>
      h(
        "div",
        { class: "day start", role: "separator", "aria-label": words },
        h("span", null, words),
      ),
  };
}

function isGrouped(before, message) {
  return (
    before !== null &&
    before.author === message.author &&
    before.only_for_me === message.only_for_me &&
    !message.pinned &&
    Date.parse(message.at) - Date.parse(before.at) < GROUPED_WITHIN
  );
}

/** Make `root` hold what is wanted, touching only what differs. */
function reconcile(root, wanted, drawn) {
  const focus = focusIn(root);
  const keys = new Set(wanted.map(({ key }) => key));
  for (const [key, node] of drawn) {
    if (keys.has(key)) continue;
    node.remove();
    drawn.delete(key);
  }
  let at = root.firstChild;
  for (const { key, make } of wanted) {
    if (!drawn.has(key)) drawn.set(key, make());
    const node = drawn.get(key);
    if (node === at) at = at.nextSibling;
    else root.insertBefore(node, at);
  }
  focus?.();
}

const FOCUSABLE = "button, a, input, textarea, select, [tabindex]";

/** Remembers where the focus is inside a message; the function puts it back there. */
function focusIn(root) {
  const active = /** @type {HTMLElement} */ (document.activeElement);
  const message = root.contains(active) && active.closest("[data-id]");
  if (!message) return null;
  const place = [...message.querySelectorAll(FOCUSABLE)].indexOf(active);
  return () => {
    if (active.isConnected) return;
    const again = root.querySelector(`[data-id="${message.dataset.id}"]`);
    const same = again?.querySelectorAll(FOCUSABLE)[place];
    (same ?? again?.querySelector(FOCUSABLE))?.focus({ preventScroll: true });
  };
}
