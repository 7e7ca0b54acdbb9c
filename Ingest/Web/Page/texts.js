// Series of texts: PromQL passes over them, and of what the DSL computes they have FIRST, LAST and COUNT alone.
import { json, url } from "./api.js";
import { dslOf, latestOf, promqlOf } from "./language.js";

const maxKeys = 8, maxSeries = 100;

/** A query that shows the texts behind one that found nothing: the latest of each series. Null when there is no such
 * series, undefined when that can't be told of this query. */
export async function textsOf(text, language, options) {
  const latest = latestOf(text, language);
  if (!latest) return undefined;
  const { labels, query, by } = latest;
  const series = await json(url("api/v1/series", { "match[]": promqlOf(labels), limit: maxSeries }), options);
  const keys = [...new Set(series.flatMap(Object.keys))].filter(key => key !== "__name__" && /^[\w.-]+$/.test(key));
  if (series.length === 0 || by) return series.length === 0 ? null : query + by;
  return query + (keys.length ? ` BY ${keys.slice(0, maxKeys).join(", ")}` : "");
}

/** Whether the series of this name are of texts. */
export async function areTexts(name) {
  const { value } = await json(url("api/v1/dsl", { q: dslOf({ __name__: name }, "LAST") }), {}, false);
  return typeof value === "string";
}
