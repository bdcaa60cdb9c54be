/** Suggestions above the composer: commands after a slash, people after an @. */
import { get } from "./api.js";
import { fill, h, newId } from "./dom.js";
import { language, tr } from "./i18n.js";
import { avatar, MUSTER } from "./people.js";
import { state } from "./store.js";

const MOST = 100;

/** @type {Map<string, Promise<any[]>>} the commands, by language */
const known = new Map();

function commands() {
  const lang = language();
  if (!known.has(lang)) {
    known.set(
      lang,
      get("/commands").catch(() => (known.delete(lang), [])),
    );
  }
  return known.get(lang);
}

/** Forget the commands, for when the playground was started anew. */
export const forgetCommands = () => known.clear();

export class Suggestions {
  /** @param {HTMLTextAreaElement} box @param {() => void} onChange told after a completion */
  constructor(box, onChange) {
    this.box = box;
    this.onChange = onChange;
    this.found = [];
    this.at = 0;
    this.list = h("ul", {
      role: "listbox",
      id: newId("suggestions"),
      "aria-label": tr("suggestions"),
    });
    this.usage = h("div", { class: "usage" });
    this.node = h("div", { class: "suggestions", hidden: true }, this.list, this.usage);
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", this.list.id);
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    box.addEventListener("blur", () => this.close());
  }

  /** Suggest what fits to what stands before the caret. */
  async update() {
    const text = this.box.value;
    const caret = this.box.selectionStart ?? text.length;
    const found = await find(text, caret);
    if (text !== this.box.value || document.activeElement !== this.box) return; // typed on since
    this.found = found.options;
    this.from = found.from;
    this.at = 0;
    this.isExact = found.isExact;
    this.draw(found);
  }

  draw({ options, usage = null }) {
    fill(
      this.list,
      options.map((option, at) => this.optionNode(option, at)),
    );
    fill(this.usage, usage && usageNode(usage));
    this.list.hidden = options.length === 0;
    this.usage.hidden = !usage;
    this.node.hidden = options.length === 0 && !usage;
    this.point();
  }

  optionNode(option, at) {
    const node = h("li", { role: "option", id: `${this.list.id}-${at}` }, option.draw());
    node.addEventListener("click", () => this.complete(option));
    return node;
  }

  point() {
    [...this.list.children].forEach((node, at) =>
      node.setAttribute("aria-selected", String(at === this.at)),
    );
    const node = this.list.children[this.at];
    if (node) {
      this.box.setAttribute("aria-activedescendant", node.id);
      node.scrollIntoView({ block: "nearest" });
    } else {
      this.box.removeAttribute("aria-activedescendant");
    }
  }

  close() {
    this.found = [];
    this.node.hidden = true;
    this.box.removeAttribute("aria-activedescendant");
  }

  /** @returns {boolean} whether the key was for the suggestions */
  onKey(event) {
    if (this.node.hidden) return false;
    if (event.key === "Escape") {
      this.close();
      event.preventDefault();
      return true;
    }
    const option = this.found[this.at];
    if (!option) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.isExact = false;
      this.point();
    } else if (event.key === "Tab" && !event.shiftKey) {
      this.complete(option);
    } else if (event.key === "Enter" && !event.shiftKey && !this.isExact) {
      this.complete(option);
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  }

  complete(option) {
    const { box } = this;
    const rest = box.value.slice(box.selectionStart).replace(/^ /, "");
    const begun = box.value.slice(0, this.from) + option.text;
    box.value = begun + rest;
    box.setSelectionRange(begun.length, begun.length);
    box.focus();
    this.close();
    this.onChange();
  }
}

/** @returns {Promise<{options: any[], from: number, isExact: boolean, usage?: any}>} */
async function find(text, caret) {
  const before = text.slice(0, caret);
  const mention = before.match(/(?:^|[^\w.+-])[@\uff20]([^\s@\uff20]{0,30})$/);
  if (mention) return findPeople(mention[1], caret - mention[1].length - 1);
  if (/^[/\uff0f]/.test(text) && !before.includes("\n")) return findCommands(before.slice(1));
  return { options: [], from: 0, isExact: false };
}

function findPeople(typed, from) {
  const wanted = typed.toLowerCase();
  const everybody = [{ id: MUSTER, name: tr("muster") }, ...state.people];
  const options = everybody
    .filter(({ id, name }) => id.startsWith(wanted) || name.toLowerCase().includes(wanted))
    .slice(0, MOST)
    .map(({ id, name }) => ({
      text: `@${name} `,
      draw: () => [
        avatar(id, "tiny"),
        h("span", { class: "option-name" }, name),
        h("span", { class: "option-note" }, id === name ? "" : `@${id}`),
      ],
    }));
  const isExact = everybody.some(({ id, name }) => wanted === id || wanted === name.toLowerCase());
  return { options, from, isExact };
}

async function findCommands(typed) {
  const all = await commands();
  const wanted = typed.toLowerCase().replace(/\s+/g, " ");
  const begun = all.find((each) => namesOf(each).some((name) => wanted.startsWith(`${name} `)));
  const longer = all.filter((each) =>
    namesOf(each).some((name) => name.startsWith(wanted) && name !== wanted.trimEnd()),
  );
  if (begun && longer.length === 0) return { options: [], from: 0, isExact: true, usage: begun };
  const fits = [...new Set([...longer, ...all.filter((each) => isNear(each, wanted))])];
  const isExact = all.some((each) =>
    namesOf(each).some((name) => name === wanted.trim() || name.split(" ")[0] === wanted.trim()),
  );
  const options = fits.slice(0, MOST).map((each) => ({
    text: `/${spoken(each, wanted)} `,
    draw: () => commandOption(each, wanted),
  }));
  return { options, from: 0, isExact };
}

const namesOf = (command) =>
  [command.path, ...(command.also ?? [])].map((name) => name.toLowerCase());

/** The name of a command that begins as it was typed; before that, one in the persona's language. */
function spoken(command, wanted) {
  const names = namesOf(command);
  const inChinese = language() === "zh" && names.find((name) => /[\u3400-\u9fff]/.test(name));
  return (wanted ? names.find((name) => name.startsWith(wanted)) : inChinese) || command.path;
}

/** Whether some word of the command or of its summary begins like that. */
function isNear(command, wanted) {
  if (!wanted || wanted.includes(" ")) return wanted === "";
  const words = [...namesOf(command), command.summary.toLowerCase()].join(" ").split(/\s+/);
  return words.some((word) => word.startsWith(wanted));
}

function commandOption(command, wanted) {
  const name = spoken(command, wanted);
  const also = name === command.path ? command.also?.[0] : command.path;
  return [
    h("span", { class: "option-command" }, `/${name}`),
    h("span", { class: "option-name" }, command.summary),
    also && h("span", { class: "option-note" }, `/${also}`),
  ];
}

function usageNode(command) {
  const example = command.examples?.[0];
  return [
    h("code", null, command.usage),
    h("span", null, command.summary),
    example && h("span", { class: "option-note" }, `${tr("example")}: ${example}`),
  ];
}
