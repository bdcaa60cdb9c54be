"use strict";
const root = document.documentElement;
const $ = (id) => document.getElementById(id);
const all = [...document.querySelectorAll("article")];
const choices = ["state", "room", "tag"];
// Letters of any width and case are the same to who looks for them.
const fold = (text) => text.normalize("NFKC").toLowerCase();
let texts = null;

// What is said of an article in both languages is looked for, too; what it is made of is not.
function textsOf() {
  texts ??= all.map((article) => fold(article.textContent));
  return texts;
}

function values(article, name) {
  const said = article.dataset[name] || "";
  return name === "tag" ? said.split("\n").filter(Boolean) : said ? [said] : [];
}

function fill(name) {
  const found = new Map();
  for (const article of all)
    for (const value of values(article, name))
      found.set(value, article.querySelector("." + name)?.cloneNode(true));
  const sorted = [...found.keys()].sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  for (const value of sorted) {
    const option = new Option(value, value);
    if (name === "state")
      for (const each of found.get(value).querySelectorAll("[lang]"))
        option.dataset[each.lang] = each.textContent;
    $(name).append(option);
  }
  $(name).hidden = sorted.length < 2 && name !== "tag" || !sorted.length;
}

function show() {
  const words = fold($("find").value).split(/\s+/).filter(Boolean);
  const wanted = choices.map((name) => [name, $(name).value]).filter(([, value]) => value);
  const said = words.length ? textsOf() : null;
  let count = 0;
  all.forEach((article, at) => {
    const is = words.every((word) => said[at].includes(word)) &&
      wanted.every(([name, value]) => values(article, name).includes(value));
    article.hidden = !is;
    count += is;
  });
  $("count").textContent = count === all.length ? `${count}` : `${count} / ${all.length}`;
  $("nothing").hidden = count > 0;
}

function speak(lang) {
  root.lang = root.dataset.lang = lang;
  for (const each of document.querySelectorAll("[data-en]")) {
    if (each.tagName === "INPUT") each.placeholder = each.ariaLabel = each.dataset[lang];
    else each.textContent = each.dataset[lang];
  }
  document.title = document.querySelector(`h1 [lang="${lang}"]`).textContent;
}

choices.forEach(fill);
choices.forEach((name) => $(name).addEventListener("change", show));
$("find").addEventListener("input", show);
$("lang").addEventListener("click", () => speak(root.dataset.lang === "en" ? "zh" : "en"));
$("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
$("print").addEventListener("click", () => print());
speak(root.dataset.lang);
show();
