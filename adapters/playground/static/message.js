/** One message: who, when, what, and what can be done with it. */
import { attempt, post } from "./api.js";
import { cardNode } from "./card.js";
import { h, icon, iconButton, unseen } from "./dom.js";
import { emojiName, fullDateTime, list, shortDateTime, sizeOf, timeOf, tr } from "./i18n.js";
import { openPanel } from "./menu.js";
import { avatar, MUSTER, nameOfAuthor } from "./people.js";
import { draw } from "./spans.js";
import { announce, state } from "./store.js";

/**
 * @param {any} message as the API answers
 * @param {{grouped?: boolean, inThread?: boolean}} [how] grouped: under the one before, by the same
 */
export function messageNode(message, { grouped = false, inThread = false } = {}) {
  const author = nameOfAuthor(message.author);
  const at = new Date(message.at);
  const node = h(
    "article",
    {
      class: classes(message, grouped),
      "data-id": message.id,
      "data-author": message.author,
      "aria-label": `${author}, ${timeOf(at)}`,
    },
    grouped
      ? h(
          "time",
          { class: "gutter-time", datetime: message.at, title: fullDateTime(at) },
          timeOf(at),
        )
      : avatar(message.author),
    h(
      "div",
      { class: "message-body" },
      labels(message),
      !grouped && head(message, author, at),
      content(message),
      message.reactions.length > 0 && reactions(message),
      !inThread && message.replies && repliesButton(message),
    ),
    toolbar(message, inThread),
  );
  return node;
}

function classes(message, grouped) {
  const marks = {
    grouped,
    private: message.only_for_me,
    command: message.command,
    pinned: message.pinned,
  };
  return ["message", ...Object.keys(marks).filter((mark) => marks[mark])].join(" ");
}

function labels(message) {
  return [
    message.only_for_me && h("p", { class: "message-mark" }, icon("eye"), tr("only_you")),
    message.pinned && h("p", { class: "message-mark pin-mark" }, icon("pin"), tr("is_pinned")),
  ];
}

function head(message, author, at) {
  return h(
    "div",
    { class: "message-head" },
    h("span", { class: "author" }, author),
    message.author === MUSTER && h("span", { class: "badge" }, tr("bot")),
    h("time", { datetime: message.at, title: fullDateTime(at) }, timeOf(at)),
    message.edited && h("span", { class: "edited" }, tr("edited")),
  );
}

function content(message) {
  if (message.card) return cardNode(message.card, message);
  return [
    message.text &&
      h(
        "div",
        { class: message.command ? "text command-text" : "text", dir: "auto" },
        draw(message.text),
      ),
    message.note && h("div", { class: "text" }, draw(message.note)),
    message.file && fileNode(message.file),
  ];
}

function fileNode(file) {
  return h(
    "a",
    { class: "file", href: file.url, download: file.name },
    icon("file"),
    unseen(`${tr("download")} `),
    h(
      "span",
      { class: "file-words" },
      h("strong", null, file.name),
      h("span", null, sizeOf(file.size)),
    ),
    icon("download"),
  );
}

const react = (message, emoji, remove) =>
  attempt(post("/react", { message: message.id, emoji, remove }));

function reactions(message) {
  const buttons = message.reactions.map(({ emoji, people }) => {
    const isMine = people.includes(state.me);
    const words = tr("reacted", { people: list(people.map(nameOfAuthor)), name: emojiName(emoji) });
    const button = h(
      "button",
      {
        type: "button",
        class: "reaction",
        "aria-pressed": String(isMine),
        "aria-label": words,
        title: words,
      },
      h("span", { class: "emoji" }, state.emoji[emoji]),
      String(people.length),
    );
    button.addEventListener("click", () => react(message, emoji, isMine));
    return button;
  });
  const more = iconButton("smile", tr("react_more"), () => openEmoji(more, message), {
    class: "reaction add",
  });
  return h("div", { class: "reactions" }, buttons, more);
}

function openEmoji(anchor, message) {
  const buttons = Object.entries(state.emoji).map(([emoji, character]) => {
    const words = tr("react_with", { name: emojiName(emoji) });
    const isMine = message.reactions.some(
      (each) => each.emoji === emoji && each.people.includes(state.me),
    );
    const button = h(
      "button",
      {
        type: "button",
        class: "emoji",
        "aria-label": words,
        title: emojiName(emoji),
        "aria-pressed": String(isMine),
      },
      character,
    );
    button.addEventListener("click", () => {
      anchor.click();
      void react(message, emoji, isMine);
    });
    return button;
  });
  openPanel(
    anchor,
    h("div", { class: "emoji-grid", role: "group", "aria-label": tr("react") }, buttons),
  );
}

function repliesButton(message) {
  const { count, people, last_at: last } = message.replies;
  return h(
    "button",
    { type: "button", class: "replies", on: { click: () => announce("open-thread", message) } },
    people.slice(0, 4).map((id) => avatar(id, "tiny")),
    h("span", { class: "replies-count" }, tr("replies", { n: count })),
    h("span", { class: "replies-last" }, tr("last_reply", { when: shortDateTime(new Date(last)) })),
  );
}

function toolbar(message, inThread) {
  if (message.only_for_me) return null;
  const smile = iconButton("smile", tr("react"), () => openEmoji(smile, message));
  const pin = h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": tr("react_with", { name: emojiName("pushpin") }),
      title: tr("react_with", { name: emojiName("pushpin") }),
    },
    h("span", { class: "emoji", "aria-hidden": "true" }, state.emoji.pushpin),
  );
  const isMine = message.reactions.some(
    (each) => each.emoji === "pushpin" && each.people.includes(state.me),
  );
  pin.addEventListener("click", () => react(message, "pushpin", isMine));
  const reply =
    !inThread && iconButton("reply", tr("reply"), () => announce("open-thread", message));
  return h(
    "div",
    { class: "toolbar", role: "group", "aria-label": tr("message_actions") },
    pin,
    smile,
    reply,
  );
}
