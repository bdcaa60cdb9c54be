/** The page's words and times, in the language and time zone of the persona. */
import { EMOJI_NAMES, STRINGS } from "./strings.js";

let lang = "en";
let zone = "UTC";

/** @param {"en" | "zh"} newLang @param {string} newZone */
export function speak(newLang, newZone) {
  lang = newLang;
  zone = newZone;
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
}

export const language = () => lang;

/** The words called `key`, its {places} filled from `values`; `n` picks the plural. */
export function tr(key, values = {}) {
  const pair = STRINGS[key];
  if (!pair) return key;
  const said = pair[lang === "zh" ? 1 : 0];
  const words = Array.isArray(said) ? said[values.n === 1 ? 0 : 1] : said;
  return words.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

export const has = (key) => key in STRINGS;

export const emojiName = (emoji) => EMOJI_NAMES[emoji]?.[lang === "zh" ? 1 : 0] ?? emoji;

/** "a, b and c", 「甲、乙和丙」. */
export const list = (names) => new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);

const locale = () => (lang === "zh" ? "zh-CN" : "en-GB");

const formats = new Map();

function format(at, options) {
  const key = JSON.stringify([lang, zone, options]);
  let made = formats.get(key);
  if (!made) {
    made = new Intl.DateTimeFormat(locale(), { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, made);
  }
  return made.format(at);
}

/** "09:41" */
export const timeOf = (at) => format(at, { hour: "2-digit", minute: "2-digit" });

/** The day as a key that sorts, in the persona's zone: "2026-11-23". */
export function dayKey(at) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(at);
  return parts;
}

/** "Today", "Yesterday" or the date; `now` is the playground's. */
export function dayOf(at, now) {
  const day = dayKey(at);
  if (day === dayKey(now)) return tr("today");
  if (day === dayKey(new Date(now.getTime() - 86_400_000))) return tr("yesterday");
  const sameYear = day.slice(0, 4) === dayKey(now).slice(0, 4);
  const year = sameYear ? {} : { year: "numeric" };
  return format(at, { weekday: "long", day: "numeric", month: "long", ...year });
}

/** "Mon 23 Nov", 「11月23日周一」 */
export const shortDate = (at) => format(at, { weekday: "short", day: "numeric", month: "short" });

/** "Mon 23 Nov, 09:41", 「11月23日周一 09:41」 */
export const shortDateTime = (at) =>
  format(at, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });

/** In full, for tooltips. */
export const fullDateTime = (at) => format(at, { dateStyle: "full", timeStyle: "short" });

/** For an input of type datetime-local, in the persona's zone: "2026-11-23T09:41". */
export const forInput = (at) => `${dayKey(at)}T${timeOf(at)}`;

/** "1.4 kB" */
export function sizeOf(bytes) {
  const units = ["byte", "kilobyte", "megabyte"];
  let size = bytes;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(locale(), {
    style: "unit",
    unit: units[unit],
    unitDisplay: "short",
    maximumFractionDigits: size < 10 && unit ? 1 : 0,
  }).format(size);
}
