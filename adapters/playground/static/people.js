/** How people look: an avatar with initials, in a colour of their own. */
import { h } from "./dom.js";
import { tr } from "./i18n.js";
import { personOf } from "./store.js";

export const MUSTER = "muster";
const HUES = 10;

/** @param {string} id @param {string} [size] "small", "tiny" or nothing */
export function avatar(id, size = "") {
  if (id === MUSTER)
    return h("span", { class: `avatar seal ${size}`, "aria-hidden": "true" }, "集");
  const name = personOf(id)?.name ?? id;
  return h(
    "span",
    { class: `avatar hue-${hueOf(id)} ${size}`, "aria-hidden": "true" },
    size === "tiny" ? [...initials(name)].at(0) : initials(name),
  );
}

function hueOf(id) {
  let sum = 7;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % HUES;
}

/** "Alice Moreau" is AM, 「张三」 is 张三, 「欧阳娜娜」 is 娜娜. */
function initials(name) {
  const characters = [...name.trim()];
  if (/[\u3400-\u9fff]/.test(name)) return characters.slice(-2).join("");
  const words = name.trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => [...word][0] ?? "")
    .join("")
    .toUpperCase();
}

export const nameOfAuthor = (id) => (id === MUSTER ? tr("muster") : (personOf(id)?.name ?? id));
