// Colours of lines, and which are shown: a click hides or shows one, with Shift or Alt it shows one alone.
import { tellApart } from "./answers.js";
import { el } from "./dom.js";

const colours = 10, most = 60;

export class Legend {
  constructor(host, changed) {
    this.host = host;
    this.changed = changed;
    this.hidden = new Set();
  }

  /** Gives each line its colour, and hides those that were hidden before. */
  show(lines) {
    const style = getComputedStyle(this.host);
    tellApart(lines);
    lines.forEach((line, i) => {
      line.color = style.getPropertyValue(`--line-${i % colours}`).trim();
      line.hidden = this.hidden.has(line.name);
    });
    const names = lines.map(line => line.name + line.label + line.color + line.hidden).join("\n");
    if (names === this.names) return; // live data comes often
    this.names = names;
    this.host.replaceChildren(...lines.slice(0, most).map(line => this.entry(line, lines)));
    if (lines.length > most) this.host.append(el("span", { class: "faint", text: `and ${lines.length - most} more` }));
  }

  entry(line, lines) {
    const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
    swatch.style.background = line.color;
    const toggle = event => {
      if (event.shiftKey || event.altKey) {
        const isAlone = lines.every(other => other.hidden || other === line);
        this.hidden = new Set(isAlone ? [] : lines.filter(other => other !== line).map(other => other.name));
      }
      else if (!this.hidden.delete(line.name)) this.hidden.add(line.name);
      this.changed();
    };
    return el("button", { type: "button", class: "entry", "aria-pressed": String(!line.hidden), onclick: toggle,
      title: `${line.name}\nClick: hide or show. Shift-click: alone.` }, swatch, el("span", { text: line.label }));
  }
}
