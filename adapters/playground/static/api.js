/** Talking to the playground. */
import { has, tr } from "./i18n.js";
import { state } from "./store.js";
import { toast } from "./toast.js";

const BASE = "/playground/api";

/** A request that was refused: `code` is the platform's word for why. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** @param {string} path @param {Record<string, any>} [query] asked as the persona */
export function get(path, query = {}) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries({ as: state.me, ...query })) {
    if (value !== null && value !== undefined) search.set(name, value);
  }
  return answer(fetch(`${BASE}${path}?${search}`));
}

/** @param {string} path @param {Record<string, any>} [body] done as the persona */
export function post(path, body = {}) {
  return answer(
    fetch(BASE + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(path === "/people" ? body : { as: state.me, ...body }),
    }),
  );
}

async function answer(request) {
  let response;
  try {
    response = await request;
  } catch {
    throw new Refusal("network", tr("error_network"));
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const code = body.error ?? "failed";
  throw new Refusal(code, sentence(code, body.message));
}

function sentence(code, message) {
  if (has(`error_${code}`)) return tr(`error_${code}`);
  return message ? `${tr("error")} ${message}` : tr("error");
}

/** Do it, and say so if it does not work. Undefined then. */
export async function attempt(doing) {
  try {
    return await doing;
  } catch (error) {
    toast(error.message, { bad: true });
    if (!(error instanceof Refusal)) throw error;
    return undefined;
  }
}

/** Where the live changes come from. */
export const eventsAddress = () => `${BASE}/events?as=${encodeURIComponent(state.me ?? "")}`;
