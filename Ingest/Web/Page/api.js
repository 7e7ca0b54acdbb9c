// The daemon's API. A 401 asks for a token and tries again; an error has what the daemon said, and where.
import { $ } from "./dom.js";

const key = "slungd.token";
let prompt = null;      // the question that all refused requests wait for
let declined = false;   // asked and declined: only what a person does asks again

/** Nobody answers: the daemon is away, or the way to it. */
export class Unreachable extends Error {
  constructor() {
    super("The daemon does not answer");
  }
}

export class ApiError extends Error {
  constructor(status, message, at) {
    super(message);
    this.status = status;
    this.at = at;
  }
}

const needsToken = () => new ApiError(401, "This needs a token");

/** Whether the same request may well succeed a little later: nobody answered, or not yet. */
export const isPassing = error => error instanceof Unreachable || [429, 503].includes(error.status);

const token = () => { try { return sessionStorage.getItem(key); } catch { return null; } };

export const hasToken = () => Boolean(token());

export function forgetToken() {
  sessionStorage.removeItem(key);
}

/** @returns Whether one was given. */
export const giveToken = () => prompt ??= askForToken(false).finally(() => prompt = null);

/** fetch, with an error of its own for a daemon that is away. */
export async function reach(path, options) {
  try {
    return await fetch(path, { ...options, cache: "no-store" });
  } catch (error) {
    if (options?.signal?.aborted) throw error;
    throw new Unreachable();
  }
}

/** The button beside the health: what can be done about the token. */
function showToken() {
  $("key").hidden = !hasToken() && !declined;
  $("key").textContent = hasToken() ? "Forget token" : "Enter token";
}

/** @param asks  False for what the page does by itself: it must not nag. */
export async function request(path, options = {}, asks = true) {
  for (;;) {
    const shown = token();
    showToken();
    const headers = { ...options.headers };
    if (shown) headers.Authorization = `Bearer ${shown}`;
    const answer = await reach(path, { ...options, headers });
    if (answer.ok) return answer;
    const error = await readError(answer);
    if (answer.status !== 401) throw error;
    if (declined && !asks) throw needsToken();
    if (token() !== shown) continue; // somebody else has just been given one
    prompt ??= askForToken(Boolean(shown)).finally(() => prompt = null);
    if (!await prompt) throw needsToken();
  }
}

/** The whole answer: `data`, and what PromQL remarks in `warnings` and `infos`. */
export const answerOf = async (path, options, asks) => (await request(path, options, asks)).json();

export const json = async (path, options, asks) => (await answerOf(path, options, asks)).data;

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

function askForToken(wasShown) {
  const dialog = $("token"), input = $("token-text");
  if (wasShown) $("token-reason").textContent = "The daemon did not take that token: mistyped, expired or revoked?";
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
      showToken();
      resolve(Boolean(given));
    };
  });
}
