// Colours of lines, and which are shown: a click hides or shows one, with Shift or Alt, or twice, it shows one alone.
// One stop of the tab key, however many lines there are: arrow keys go through them.
import { tellApart } from "./answers.js";
import { el, rove, tabStop } from "./dom.js";

const colours = 10, most = 60;

export class Legend {
  /** @param changed  Called when lines have been hidden or shown.
   * @param stress  Called with the line that somebody looks at, or null. */
  constructor(host, changed, stress) {
    this.host = host;
    this.changed = changed;
    this.hidden = new Set();
    this.lines = [];
    host.addEventListener("click", event => this.clicked(event));
    host.addEventListener("dblclick", event => this.clicked(event, true)); // where there is no Shift
    const lineOf = event => this.lines[event.target.closest(".entry")?.dataset.line] ?? null;
    for (const type of ["pointerover", "focusin"])
      host.addEventListener(type, event => {
        if (event.pointerType !== "touch") stress(lineOf(event));
      });
    for (const type of ["pointerleave", "focusout"]) host.addEventListener(type, () => stress(null));
    rove(host, ".entry");
  }

  /** Gives each line its colour, and hides those that were hidden before. */
  show(lines) {
    const style = getComputedStyle(this.host);
    tellApart(lines);
    lines.forEach((line, i) => {
      line.color = style.getPropertyValue(`--line-${i % colours}`).trim();
      line.dash = Math.floor(i / colours) === 1 ? [6, 3] : []; // of more than twenty nobody would tell them apart
      line.hidden = this.hidden.has(line.name);
    });
    this.lines = lines;
    const names = lines.map(line => line.name + line.label + line.color).join("\n");
    if (names !== this.names) { // live data comes often
      this.names = names;
      this.host.replaceChildren(...lines.slice(0, most).map(entry));
      tabStop(this.host, ".entry");
      const more = lines.length - most;
      if (more > 0) this.host.append(el("span", { class: "faint", text: `and ${more} more` }));
    }
    for (const button of this.host.querySelectorAll(".entry"))
      button.setAttribute("aria-pressed", String(!lines[button.dataset.line].hidden));
  }

  clicked(event, isAlone = event.shiftKey || event.altKey) {
    const line = this.lines[event.target.closest(".entry")?.dataset.line];
    if (!line) return;
    if (isAlone) {
      const wasAlone = this.lines.every(other => other.hidden || other === line);
      this.hidden = new Set(wasAlone ? [] : this.lines.filter(other => other !== line).map(other => other.name));
    }
    else if (!this.hidden.delete(line.name)) this.hidden.add(line.name);
    this.changed();
  }
}

/** The background of a line's sign. */
export const swatchOf = ({ color, dash }) =>
  dash.length ? `linear-gradient(90deg, ${color} 40%, transparent 0 60%, ${color} 0)` : color;

/** A button; the element stays while the lines are the same, so that focus does, too. */
function entry(line, i) {
  const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.background = swatchOf(line);
  return el("button", { type: "button", class: "entry", "data-line": i, tabindex: "-1",
    title: `${line.name}\nClick: hide or show. Double or Shift-click: alone.` },
    swatch, el("span", { text: line.label }));
}
