// The daemon's API. A 401 asks for a token and tries again; an error has what the daemon said, and where.
import { $ } from "./dom.js";

const key = "slungd.token";
let prompt = null;      // the question that all refused requests wait for
let declined = false;   // asked and declined: only what a person does asks again
let silence = new AbortController(); // ends what waits for a daemon that is silent

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

/** The daemon does not even say how it is: whatever still waits for it, however long that may take, has ended. */
export function giveUp() {
  silence.abort();
  silence = new AbortController();
}

/** fetch, with an error of its own for a daemon that is away; its signal also ends the reading of the answer. */
async function reach(path, { patience, signal, ...options } = {}) {
  const signals = [silence.signal, signal, patience && AbortSignal.timeout(patience)].filter(Boolean);
  return orUnreachable(fetch(path, { ...options, cache: "no-store", signal: AbortSignal.any(signals) }), signal);
}

/** What breaks off without being told to is a daemon that is away. */
async function orUnreachable(promise, signal) {
  try {
    return await promise;
  } catch (error) {
    if (signal?.aborted || error instanceof SyntaxError) throw error; // the last: an answer that is no JSON
    throw new Unreachable();
  }
}

/** What a header can carry; a little more than RFC 6750, section 2.1, has. */
const isToken = text => /^[!-~]+$/.test(text);

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
export async function answerOf(path, options, asks) {
  const answer = await request(path, options, asks);
  return orUnreachable(answer.json(), options?.signal);
}

export const json = async (path, options, asks) => (await answerOf(path, options, asks)).data;

export async function text(path, options, asks) {
  const answer = await request(path, options, asks);
  return orUnreachable(answer.text(), options.signal);
}

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
  const refuse = reason => {
    $("token-reason").textContent = reason;
    $("token-reason").className = "error";
  };
  if (wasShown) {
    forgetToken(); // whoever asks later finds none, not a wrong one
    refuse("The daemon did not take that token: mistyped, expired or revoked?");
  }
  input.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise(resolve => {
    $("token-cancel").onclick = () => dialog.close();
    let given = null;
    dialog.querySelector("form").onsubmit = event => {
      given = input.value.trim();
      if (isToken(given)) return;
      event.preventDefault();
      given = null;
      refuse("A token has letters, digits and signs of ASCII, without spaces: this is none");
      input.select();
    };
    dialog.onclose = () => {
      declined = !given;
      if (given) sessionStorage.setItem(key, given);
      showToken();
      resolve(Boolean(given));
    };
  });
}
