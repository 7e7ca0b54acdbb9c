// The text format of /metrics, as far as the gauges need it. Nothing here touches the document.

/** A map from `name` or `name{label="value"}` to its number. */
export function parse(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    if (line === "" || line[0] === "#") continue;
    const end = line.lastIndexOf(" ");
    samples.set(line.slice(0, end), Number(line.slice(end + 1)));
  }
  return samples;
}

/** The sum over all samples of a name. */
export function sum(samples, name) {
  let total = 0;
  for (const [key, value] of samples)
    if (key === name || (key.startsWith(name) && key[name.length] === "{")) total += value;
  return total;
}

/** The value of a label of the first sample of a name. */
export function label(samples, name, wanted) {
  for (const key of samples.keys())
    if (key.startsWith(`${name}{`)) return new RegExp(`[{,]${wanted}="([^"]*)"`).exec(key)?.[1];
  return undefined;
}
