/** Live changes, by server-sent events. */
import { eventsAddress } from "./api.js";
import { tr } from "./i18n.js";
import { announce } from "./store.js";
import { showConnection } from "./toast.js";

let source = null;

/** Listen as the persona; after a break everything is loaded again. */
export function listen() {
  source?.close();
  source = new EventSource(eventsAddress());
  source.addEventListener("hello", () => {
    showConnection(true);
    announce("hello");
  });
  source.addEventListener("message", (event) => {
    // `message` is also what events without a name are called; ours carry data.
    const change = JSON.parse(event.data);
    announce("changed", change);
  });
  for (const what of ["channels", "people", "read", "clock"]) {
    source.addEventListener(what, () => announce("state"));
  }
  source.addEventListener("error", () => {
    showConnection(false, tr("offline"));
    // The browser gives up on some errors; we do not.
    if (source?.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

addEventListener("pagehide", hangUp);
addEventListener("pageshow", (event) => event.persisted && listen());

// A browser keeps six connections to one address. A tab that nobody looks at gives its own back,
// so that many people of the town can be open side by side.
const PATIENCE = 30_000;
let hidden = 0;
addEventListener("visibilitychange", () => {
  clearTimeout(hidden);
  if (document.visibilityState === "hidden") hidden = setTimeout(hangUp, PATIENCE);
  else if (source === null) listen();
});

function hangUp() {
  source?.close();
  source = null;
}

/** `run`, once, soon after the last of several calls. */
export function soon(run, wait = 80) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, wait);
  };
}
