// The page of port 2078: builds its parts and knows the keys.
import { forgetToken, giveToken, hasToken } from "./api.js";
import { $ } from "./dom.js";
import { Gauges } from "./gauges.js";
import { QueryBox } from "./query.js";
import { SeriesBrowser } from "./series.js";
import { welcome } from "./welcome.js";
import { Workflows } from "./workflows.js";

const themes = ["system", "light", "dark"], signs = { system: "◐", light: "☀", dark: "☾" };

const query = new QueryBox();
const gauges = new Gauges();
new SeriesBrowser(labels => query.show(labels), names => welcome(names, text => query.put(text)));
new Workflows();

$("key").addEventListener("click", async () => {
  if (hasToken()) forgetToken();
  else if (!await giveToken()) return;
  location.reload();
});

document.addEventListener("keydown", event => {
  const isTyping = event.target.matches("input, textarea, select");
  if (event.key === "/" && !isTyping) {
    event.preventDefault();
    $("series-box").open = true;
    $("search").focus();
  }
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    query.run(query.isLive);
  }
  else if (event.key === "Escape" && !$("token").open) escape(event.target);
});

/** Empties the search, ends what takes long or is live, lets go of the field: one thing at a time. */
function escape(target) {
  if (target === $("search") && target.value) {
    target.value = "";
    target.dispatchEvent(new Event("input"));
  }
  else if (query.isSlow) query.giveUp();
  else if (query.isLive) query.end();
  else target.blur?.();
}

// Colours.
const theme = () => document.documentElement.dataset.theme ?? "system";

function showTheme() {
  $("theme").textContent = signs[theme()];
  $("theme").setAttribute("aria-label", `Colours: ${theme()}`);
  query.draw();
  gauges.repaint();
}

$("theme").addEventListener("click", () => {
  const next = themes[(themes.indexOf(theme()) + 1) % themes.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("slungd.theme", next);
  } catch {
    // Storage is off: it holds until the page is left.
  }
  showTheme();
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);
showTheme();

// On a phone the list of series would push the answer off the screen.
$("series-box").open = !matchMedia("(max-width: 800px)").matches;
