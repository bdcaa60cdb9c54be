/** The side panel with a thread. */
import { Composer } from "./composer.js";
import { h, iconButton } from "./dom.js";
import { tr } from "./i18n.js";
import { Log } from "./log.js";
import { current, nameOf } from "./store.js";

export class ThreadPanel {
  /** @param {() => void} onClose */
  constructor(onClose) {
    this.log = new Log({ inThread: true });
    this.composer = new Composer({ label: tr("reply_box"), onSent: () => this.log.toBottom() });
    this.where = h("span", { class: "thread-where" });
    const close = iconButton("close", tr("close_thread"), onClose);
    const title = h("h2", null, tr("thread"), this.where);
    this.node = h(
      "aside",
      { class: "thread", "aria-label": tr("thread"), hidden: true },
      h("header", { class: "head" }, title, close),
      this.log.node,
      this.composer.node,
    );
    this.node.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.defaultPrevented) onClose();
    });
    this.thread = null;
  }

  /** Show a thread, or none. */
  async open(channel, thread) {
    this.node.hidden = !thread;
    if (!thread) {
      this.thread = null;
      return;
    }
    if (this.thread === thread) return;
    this.thread = thread;
    const place = current();
    this.where.textContent = place ? nameOf(place, tr("muster")) : "";
    this.composer.open(channel, thread, tr("reply"));
    this.composer.node.hidden = Boolean(place?.archived || !place?.joined);
    this.composer.focus();
    await this.log.open(channel, thread, tr("thread"));
  }
}
