/** Drawn text: the spans that the playground's render.py makes, as DOM nodes. */
import { h } from "./dom.js";
import { fullDateTime } from "./i18n.js";
import { channelOf, hashOf, state } from "./store.js";

/** @typedef {{t: string, text: string, user?: string, at?: string, url?: string, channel?: string}} Span */

const DRAW = {
  text: (span) => document.createTextNode(span.text),
  strong: (span) => h("strong", null, span.text),
  code: (span) => h("code", null, span.text),
  mention: (span) =>
    h(
      "span",
      { class: `mention${span.user === state.me ? " me" : ""}`, "data-user": span.user },
      span.text,
    ),
  time: (span) =>
    h("time", { datetime: span.at, title: fullDateTime(new Date(span.at)) }, span.text),
  link: (span) =>
    h(
      "a",
      { class: "link", href: span.url, target: "_blank", rel: "noopener noreferrer" },
      span.text,
    ),
  channel: drawChannel,
};

function drawChannel(span) {
  const channel = channelOf(span.channel);
  // Of a channel that is only just being made, the page knows no more than the id.
  const href = channel
    ? hashOf(channel)
    : `#/${encodeURIComponent(state.me)}/${encodeURIComponent(span.channel)}`;
  return h("a", { class: "mention", href }, span.text);
}

/** @param {Span[]} spans */
export const draw = (spans) => spans.map((span) => (DRAW[span.t] ?? DRAW.text)(span));

/** The same without any marks. */
export const plain = (spans) => spans.map((span) => span.text).join("");
