/** The playground's clock: it shows the time there, and can be moved forward. */
import { attempt, post } from "./api.js";
import { busy } from "./deeds.js";
import { ask, field } from "./dialogs.js";
import { h, icon } from "./dom.js";
import { forInput, shortDate, shortDateTime, timeOf, tr } from "./i18n.js";
import { openMenu } from "./menu.js";
import { now, setNow, state } from "./store.js";
import { toast } from "./toast.js";

let ticking = 0;

/** @returns {HTMLButtonElement & {redraw: () => void}} */
export function clock() {
  const date = h("span");
  const time = h("span");
  const button = h(
    "button",
    { type: "button", class: "clock", "aria-haspopup": "menu" },
    icon("clock"),
    h("span", { class: "clock-time" }, date, " ", time),
  );
  const draw = () => {
    const words = shortDateTime(now());
    if (button.dataset.words === words) return;
    button.dataset.words = words;
    date.textContent = shortDate(now());
    time.textContent = timeOf(now());
    button.setAttribute("aria-label", `${tr("clock")}: ${words}`);
    button.title = tr("clock_title");
  };
  clearInterval(ticking);
  ticking = setInterval(draw, 1000);
  draw();
  button.addEventListener("click", () => state.canMoveClock && openClock(button));
  button.disabled = !state.canMoveClock;
  button.redraw = draw;
  return button;
}

function openClock(button) {
  openMenu(
    button,
    [
      { label: tr("plus_hour"), icon: "clock", run: () => move(button, { hours: 1 }) },
      { label: tr("plus_day"), icon: "calendar", run: () => move(button, { hours: 24 }) },
      { label: tr("next_morning"), icon: "sun", run: () => move(button, { morning: true }) },
      { label: tr("to_date"), icon: "calendar", separate: true, run: () => askDate(button) },
    ],
    tr("clock_title"),
  );
}

function askDate(button) {
  const input = h("input", {
    type: "datetime-local",
    value: forInput(now()),
    min: forInput(now()),
    required: true,
  });
  const fields = [field(tr("to_date").replace("…", ""), input, tr("clock_hint"))];
  ask(tr("clock_title"), fields, tr("move"), async () =>
    moved(await post("/clock", { to: input.value }), button),
  );
}

/** Time passes, with everything that it brings; that may take a moment. */
async function move(button, how) {
  const away = toast(tr("clock_moving"), { lasts: 0 });
  const answer = await busy(button, attempt(post("/clock", how)));
  away();
  if (answer) moved(answer, button);
}

function moved(answer, button) {
  setNow(answer.now);
  button.redraw();
  toast(tr("clock_moved", { when: shortDateTime(now()) }));
}
