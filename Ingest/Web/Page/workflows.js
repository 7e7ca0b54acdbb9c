// Workflows: what they do and print; deploy, restart, remove.
import { Unreachable, json, request } from "./api.js";
import { $, el, say } from "./dom.js";
import { ago, bytes, compact, counted, fullTime } from "./scale.js";

const root = "api/v1/workflows", interval = 2000, lines = 300;

/** A workflow's name from its file's. */
export function nameOfFile(file) {
  const stem = file.replace(/^.*[\\/]/, "").replace(/\.wasm$/i, "");
  return stem.replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[.-]+/, "").slice(0, 64) || "workflow";
}

const none = "None yet. A workflow is a WebAssembly module that reads live points, and writes others or tells " +
  "somebody. Drop one here, or deploy it.";

/** What to know of those that do not run. */
const states = {
  waiting: "failed, starts again in a moment", ended: "has returned: restart it to run it again",
  quarantined: "fails again and again: restart it, or deploy it anew",
};

/** What a button shows, and what is read aloud. */
function rename(button, text, aloud) {
  button.textContent = text;
  button.setAttribute("aria-label", aloud);
}

const pathOf = name => `${root}/${encodeURIComponent(name)}`;

export class Workflows {
  constructor() {
    this.open = null; // whose log is shown
    $("module").addEventListener("change", event => {
      for (const file of event.target.files) this.deploy(file);
      event.target.value = "";
    });
    this.listenForDrops($("workflows"));
    this.poll();
  }

  listenForDrops(place) {
    const over = isOver => place.classList.toggle("over", isOver);
    place.addEventListener("dragover", event => {
      event.preventDefault();
      over(true);
    });
    place.addEventListener("dragleave", event => over(place.contains(event.relatedTarget)));
    place.addEventListener("drop", event => {
      event.preventDefault();
      over(false);
      for (const file of event.dataTransfer.files) this.deploy(file);
    });
  }

  async poll() {
    if (!document.hidden) await this.update();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), this.open ? interval / 2 : interval);
  }

  async update() {
    try {
      const { engine, workflows } = await json(root, {}, false);
      $("engine").textContent = `engine: ${engine}`;
      this.render(workflows);
      if (this.open) await this.updateLog(this.open); // of the one that is still there
    } catch (error) {
      if (error instanceof Unreachable && this.rows) return; // what is there stays
      $("workflow-list").replaceChildren(el("p", { class: "faint", text: error.message }));
      this.shown = null;
    }
  }

  async deploy(file) {
    const name = nameOfFile(file.name);
    say($("workflow-message"), null);
    const headers = { "Content-Type": "application/wasm" };
    await this.change(name, pathOf(name), { method: "PUT", body: file, headers });
    this.open = name; // what it prints first is what people want to see
    await this.update();
  }

  async change(name, path, options) {
    try {
      await request(path, options);
      say($("workflow-message"), null);
    } catch (error) {
      say($("workflow-message"), `${name}: ${error.message}`);
    }
    await this.update();
  }

  /** Rows are kept while the list is the same, so that focus and selections stay where they are. */
  render(list) {
    const names = list.map(workflow => workflow.name).join("\n");
    if (names !== this.shown) {
      this.shown = names;
      this.rows = new Map(list.map(({ name }) => [name, this.row(name)]));
      if (!this.rows.has(this.open)) this.open = null;
      const empty = el("p", { class: "faint drop", text: none });
      $("workflow-list").replaceChildren(...(list.length ? [...this.rows.values()].map(row => row.place) : [empty]));
    }
    for (const workflow of list) this.fill(this.rows.get(workflow.name), workflow);
  }

  row(name) {
    const row = {
      badge: el("span", { class: "badge" }), facts: el("p", { class: "facts faint" }),
      error: el("p", { class: "error", hidden: true }),
      log: el("div", { class: "log", role: "log", tabindex: "0", "aria-label": `Log of ${name}`, hidden: true }),
    };
    row.logs = el("button", { type: "button", text: "Log", "aria-expanded": "false", onclick: () => {
      this.open = this.open === name ? null : name;
      this.update();
    } });
    const restart = el("button", { type: "button", text: "Restart",
      onclick: () => this.change(name, `${pathOf(name)}/restart`, { method: "POST" }) });
    const remove = el("button", { type: "button", class: "remove", text: "Remove", onclick: () => {
      if (remove.dataset.sure) this.change(name, pathOf(name), { method: "DELETE" });
      else {
        remove.dataset.sure = "yes";
        rename(remove, "Really?", `Remove ${name}, really?`);
        setTimeout(() => {
          delete remove.dataset.sure;
          rename(remove, "Remove", `Remove ${name}`);
        }, 3000);
      }
    } });
    for (const [button, does] of [[row.logs, "Log of"], [restart, "Restart"], [remove, "Remove"]])
      button.setAttribute("aria-label", `${does} ${name}`);
    row.place = el("article", { class: "workflow" },
      el("div", { class: "workflow-head" }, el("h3", { text: name }), row.badge,
        el("div", { class: "actions" }, row.logs, restart, remove)), row.facts, row.error, row.log);
    return row;
  }

  fill(row, { name, state, started, memory_bytes: memory, module_bytes: size, live_queries: live, counters,
    last_error: error, last_trap: trap }) {
    row.badge.textContent = state;
    row.badge.dataset.state = state;
    const facts = [
      states[state] ?? (started ? `up ${ago(Date.now() - Date.parse(started))}` : null),
      counted(live, "live query", "live queries"), counted(counters.events, "event"),
      `${compact(counters.written)} written`,
      counters.refused ? `${compact(counters.refused)} refused` : null,
      counters.events_dropped ? `${compact(counters.events_dropped)} dropped` : null,
      counters.messages ? counted(counters.messages, "message") : null,
      counters.http_calls ? counted(counters.http_calls, "HTTP call") : null,
      counters.failures ? counted(counters.failures, "failure") : null,
      counters.restarts ? counted(counters.restarts, "restart") : null,
      `${counters.cpu_seconds.toFixed(2)} s of CPU`, `${bytes(memory)} of memory`, `module ${bytes(size)}`,
    ];
    row.facts.textContent = facts.filter(Boolean).join(" · ");
    say(row.error, trap?.startsWith(error) ? trap : [error, trap].filter(Boolean).join("\n"));
    const isOpen = this.open === name;
    row.log.hidden = !isOpen;
    row.logs.setAttribute("aria-expanded", String(isOpen));
  }

  async updateLog(name) {
    const { log } = this.rows.get(name) ?? {};
    if (!log) return;
    const { lines: found } = await json(`${pathOf(name)}/logs?limit=${lines}`, {}, false);
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 8;
    const last = JSON.stringify(found.at(-1)) + found.length;
    if (last === log.dataset.last) return;
    log.dataset.last = last;
    log.replaceChildren(...found.map(({ time, stream, text }) => el("p", { class: stream },
      el("time", { datetime: time, title: fullTime(Date.parse(time)), text: fullTime(Date.parse(time)).slice(11, 19) }),
      el("span", { text }))));
    if (found.length === 0) log.replaceChildren(el("p", { class: "faint", text: "Nothing printed yet." }));
    if (isAtEnd) log.scrollTop = log.scrollHeight;
  }
}
