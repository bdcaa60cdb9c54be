/** What the persona does with Muster, and what is shown of its answer. */
import { attempt, post } from "./api.js";
import { confirm } from "./dialogs.js";
import { openForm } from "./form.js";
import { tr } from "./i18n.js";
import { announce, state } from "./store.js";
import { toast } from "./toast.js";

/**
 * Press a button of a card.
 * @param {any} button as render.py draws it
 * @param {any} message where it stands
 * @param {HTMLElement} node what was pressed, busy until there is an answer
 */
export async function press(button, message, node) {
  if (node.getAttribute("aria-busy") === "true") return;
  if (button.confirm && !(await confirm(button.confirm, button.label, button.tone === "danger")))
    return;
  const shown = await busy(
    node,
    attempt(post("/press", { message: message.id, payload: button.payload })),
  );
  if (shown) show(shown, { channel: message.channel, thread: message.thread, message: message.id });
}

/** Say something in a channel or thread. False if it was not taken. */
export async function say(channel, thread, text) {
  const shown = await attempt(post("/say", { channel, thread, text }));
  if (!shown) return false;
  show(shown, { channel, thread });
  return true;
}

/**
 * Show an answer: the messages at their place, the form in a dialog.
 * @param {any} shown as the API answers
 * @param {{channel: string, thread?: string | null, message?: string}} place where it was asked
 */
export function show(shown, place) {
  for (const message of [shown.said, shown.answer]) {
    if (message) announce("message", message);
  }
  if (shown.form) openForm(shown.form, place);
  const answer = shown.answer;
  if (answer && !isInView(answer)) toast(answer.card?.plain ?? "");
}

const isInView = (message) =>
  message.channel === state.channel && (!message.thread || message.thread === state.thread);

/** Mark `node` as busy while something is being done. */
export async function busy(node, doing) {
  node.setAttribute("aria-busy", "true");
  const quiet = setTimeout(() => node.setAttribute("title", tr("working")), 1000);
  try {
    return await doing;
  } finally {
    clearTimeout(quiet);
    node.removeAttribute("aria-busy");
    node.removeAttribute("title");
  }
}
