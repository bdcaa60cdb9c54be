// Loaded before the page is drawn, so that it never flashes in the wrong colours.
(() => {
  const KEY = "muster.theme";
  const system = matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage can be switched off
    }
  }

  function apply() {
    document.documentElement.dataset.theme = chosen() ?? (system.matches ? "dark" : "light");
    dispatchEvent(new Event("muster:theme"));
  }

  window.musterTheme = {
    current: () => document.documentElement.dataset.theme,
    /** The other theme; back to the computer's own choice where they agree. */
    toggle() {
      const next = this.current() === "dark" ? "light" : "dark";
      try {
        if (next === (system.matches ? "dark" : "light")) localStorage.removeItem(KEY);
        else localStorage.setItem(KEY, next);
      } catch {
        document.documentElement.dataset.theme = next;
        dispatchEvent(new Event("muster:theme"));
        return;
      }
      apply();
    },
  };
  system.addEventListener("change", apply);
  apply();
})();
