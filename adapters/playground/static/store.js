/** What the page knows: who looks, at what, and everybody who is there. */

/**
 * @typedef {{id: string, name: string, lang: "en" | "zh", zone: string, admin: boolean}} Person
 * @typedef {{id: string, name: string, title: string, topic: string, private: boolean,
 *   archived: boolean, direct: boolean, members: string[], joined: boolean, unread: number}} Channel
 */

export const state = {
  /** @type {string | null} which town this is */ town: null,
  /** @type {string | null} */ me: null,
  /** @type {Person[]} */ people: [],
  /** @type {Channel[]} */ channels: [],
  /** @type {Record<string, string>} short name → character */ emoji: {},
  canMoveClock: false,
  /** How far the playground's clock is ahead of the computer's, in ms. */ skew: 0,
  /** @type {string | null} the channel that is open */ channel: null,
  /** @type {string | null} the message whose thread is open */ thread: null,
};

/** Take in what /state says. */
export function learn(news) {
  state.town = news.town;
  state.me = news.me;
  state.people = news.people;
  state.channels = news.channels;
  state.emoji = news.emoji;
  state.canMoveClock = news.can_move_clock;
  setNow(news.now);
}

export const setNow = (iso) => (state.skew = new Date(iso).getTime() - Date.now());

/** What time it is in the playground. */
export const now = () => new Date(Date.now() + state.skew);

export const me = () => state.people.find((person) => person.id === state.me) ?? null;
export const personOf = (id) => state.people.find((person) => person.id === id) ?? null;
export const channelOf = (id) => state.channels.find((channel) => channel.id === id) ?? null;
export const current = () => channelOf(state.channel);

/** What people call a channel. */
export const nameOf = (channel, muster) =>
  channel.direct ? muster : channel.title || channel.name;

/** Where a channel is, as the page's hash. */
export function hashOf(channel, thread = null, person = state.me) {
  const place = channel.direct ? "@muster" : channel.name;
  return `#/${[person, place, thread].filter(Boolean).map(encodeURIComponent).join("/")}`.replace(
    "%40",
    "@",
  );
}

/** @returns {{person: string, place: string, thread: string | null}} */
export function readHash() {
  const [person = "", place = "", thread = null] = location.hash
    .replace(/^#\/?/, "")
    .split("/")
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return ""; // not what we wrote
      }
    });
  return { person, place, thread };
}

const listeners = new Map();

/** Call `listener` whenever `name` is announced. */
export function on(name, listener) {
  if (!listeners.has(name)) listeners.set(name, new Set());
  listeners.get(name).add(listener);
}

export function announce(name, detail) {
  for (const listener of listeners.get(name) ?? []) listener(detail);
}
