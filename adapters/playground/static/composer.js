/** Where messages are written: Enter sends, ↑ brings back what was sent, / and @ suggest. */
import { say } from "./deeds.js";
import { h, icon, newId } from "./dom.js";
import { tr } from "./i18n.js";
import { state } from "./store.js";
import { Suggestions } from "./suggest.js";

/** What was begun and not sent, and what was sent, by place. */
const drafts = new Map();
const sent = new Map();
const LONGEST_HISTORY = 50;

export class Composer {
  /** @param {{label: string, onSent?: () => void}} how */
  constructor({ label, onSent = () => {} }) {
    this.onSent = onSent;
    this.recalled = 0;
    this.place = { channel: null, thread: null };
    const hint = h("p", { class: "unseen", id: newId("hint") }, tr("composer_hint"));
    this.box = h("textarea", {
      id: newId("composer"),
      rows: 1,
      "aria-label": label,
      "aria-describedby": hint.id,
      dir: "auto",
      maxlength: 40000,
      enterkeyhint: "send",
    });
    this.button = h(
      "button",
      { type: "submit", class: "send", "aria-label": tr("send"), title: tr("send") },
      icon("send"),
    );
    this.suggestions = new Suggestions(this.box, () => this.onInput());
    const row = h("div", { class: "composer-box" }, this.box, this.button);
    this.node = h("form", { class: "composer" }, this.suggestions.node, row, hint);
    this.node.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    row.addEventListener("click", (event) => event.target === row && this.box.focus());
    this.box.addEventListener("input", () => this.onInput());
    this.box.addEventListener("keydown", (event) => this.onKey(event));
  }

  /** Write to another place; what was begun there is there again. */
  open(channel, thread, placeholder) {
    this.place = { channel, thread };
    this.box.placeholder = placeholder;
    this.set(drafts.get(this.key) ?? "");
    this.suggestions.close();
  }

  get key() {
    return [state.me, this.place.channel, this.place.thread].join("/");
  }

  set(text) {
    this.box.value = text;
    this.onInput(false);
    this.recalled = 0;
  }

  onInput(suggest = true) {
    drafts.set(this.key, this.box.value);
    this.button.disabled = this.box.value.trim() === "";
    // In one go to its height and not by way of "auto", which would make the page jump.
    this.box.style.height = "0";
    this.box.style.height = `${Math.min(this.box.scrollHeight, innerHeight * 0.4)}px`;
    if (suggest) this.suggestions.update();
  }

  onKey(event) {
    // While an input method composes a character, the keys are its own.
    if (event.isComposing || event.keyCode === 229) return;
    if (this.suggestions.onKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey) {
      event.preventDefault();
      void this.send();
    } else if (event.key === "ArrowUp" && (this.box.value === "" || this.recalled)) {
      this.recall(event, 1);
    } else if (event.key === "ArrowDown" && this.recalled) {
      this.recall(event, -1);
    } else {
      this.recalled = 0;
    }
  }

  recall(event, step) {
    const history = sent.get(state.me) ?? [];
    const to = this.recalled + step;
    if (to < 0 || to > history.length) return;
    event.preventDefault();
    this.set(to === 0 ? "" : history[history.length - to]);
    this.recalled = to;
  }

  async send() {
    const text = this.box.value.trim();
    if (text === "") return;
    const { channel, thread } = this.place;
    const key = this.key;
    const history = sent.get(state.me) ?? [];
    sent.set(state.me, [...history, text].slice(-LONGEST_HISTORY));
    this.suggestions.close();
    this.set("");
    const taken = await say(channel, thread, text);
    if (!taken && !drafts.get(key)) {
      drafts.set(key, text);
      if (key === this.key && this.box.value === "") this.set(text);
    }
    this.onSent();
  }

  /** Put the caret behind what is there: after a dialog, Chromium has the focus but no caret. */
  focus() {
    this.box.focus();
    this.box.setSelectionRange(this.box.value.length, this.box.value.length);
  }
}
