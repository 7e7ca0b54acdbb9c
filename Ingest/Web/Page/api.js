// The daemon's API. A 401 asks for a token and tries again; an error has what the daemon said, and where.
import { $ } from "./dom.js";

const key = "slungd.token";
let prompt = null;      // the question that all refused requests wait for
let declined = false;   // asked and declined: only what a person does asks again

export class ApiError extends Error {
  constructor(status, message, at) {
    super(message);
    this.status = status;
    this.at = at;
  }
}

const token = () => { try { return sessionStorage.getItem(key); } catch { return null; } };

export function forgetToken() {
  sessionStorage.removeItem(key);
  $("forget").hidden = true;
}

/** @param asks  False for what the page does by itself: it must not nag. */
export async function request(path, options = {}, asks = true) {
  for (;;) {
    const shown = token();
    $("forget").hidden = !shown;
    const headers = { ...options.headers };
    if (shown) headers.Authorization = `Bearer ${shown}`;
    const answer = await fetch(path, { ...options, headers, cache: "no-store" });
    if (answer.ok) return answer;
    const error = await readError(answer);
    if (answer.status !== 401 || (declined && !asks)) throw error;
    if (token() !== shown) continue; // somebody else has just been given one
    prompt ??= askForToken(shown ? error.message : null).finally(() => prompt = null);
    if (!await prompt) throw error;
  }
}

export const json = async (path, options, asks) => (await (await request(path, options, asks)).json()).data;

export const text = async (path, asks) => (await request(path, {}, asks)).text();

/** A path with parameters; an array gives the parameter several times. */
export function url(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    for (const one of [value].flat()) query.append(name, one);
  return `${path}?${query}`;
}

async function readError(answer) {
  try {
    const body = await answer.json();
    return new ApiError(answer.status, body.error ?? body.info ?? answer.statusText, body.at);
  } catch {
    return new ApiError(answer.status, `the daemon answered ${answer.status}`);
  }
}

function askForToken(reason) {
  const dialog = $("token"), input = $("token-text");
  if (reason) $("token-reason").textContent = reason;
  input.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise(resolve => {
    $("token-cancel").onclick = () => dialog.close();
    let given = null;
    dialog.querySelector("form").onsubmit = () => given = input.value.trim();
    dialog.onclose = () => {
      declined = !given;
      if (given) sessionStorage.setItem(key, given);
      resolve(Boolean(given));
    };
  });
}
