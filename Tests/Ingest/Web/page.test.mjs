// The page's modules that need no document. Run by PageModulesTests: node --test.
import assert from "node:assert/strict";
import { test } from "node:test";

process.env.TZ = "UTC";
const page = "../../../Ingest/Web/Page/";
const language = await import(`${page}language.js`);
const answers = await import(`${page}answers.js`);
const scale = await import(`${page}scale.js`);
const exposition = await import(`${page}exposition.js`);
const { eventReader, LiveLines } = await import(`${page}live.js`);
const { search, valuesOf } = await import(`${page}series.js`);
const { examples } = await import(`${page}welcome.js`);
const { nameOfFile } = await import(`${page}workflows.js`);

test("the language is found", () => {
  const dsl = ["AVG:temp:[site=eu]", "raw:x:[]:[1h]", ' count:"a:b":[] BY host', "AVG:temp", "MAX:cpu:[a:b]:[1h,now]:[1m]"];
  const promql = ["up", "sum:cpu:rate5m", "avg:x", "sum by (job) (rate(x[5m]))", "min_over_time(x[1h:5m])", "", "raw"];
  for (const text of dsl) assert.equal(language.detect(text), "dsl", text);
  for (const text of promql) assert.equal(language.detect(text), "promql", text);
});

test("a range and a window go where they belong", () => {
  const put = (text, range = "1h", window = "1m") => language.withRange(text, range, window).text;
  assert.equal(put("AVG:temp:[]"), "AVG:temp:[]:[1h]:[1m]");
  assert.equal(put("AVG:temp:[a:b] BY host, room"), "AVG:temp:[a:b]:[1h]:[1m] BY host, room");
  assert.equal(put("AVG:temp:[]:[2h]"), "AVG:temp:[]:[2h]:[1m]");
  assert.equal(put("AVG:temp:[]:[2h]:[5s]"), "AVG:temp:[]:[2h]:[5s]");
  assert.equal(put("RAW:temp:[]"), "RAW:temp:[]:[1h]");
  assert.equal(put('AVG:"a:b \\" by c":["x by y"]'), 'AVG:"a:b \\" by c":["x by y"]:[1h]:[1m]');
  assert.equal(put("AVG:temp"), "AVG:temp", "what is incomplete stays, so that the error is about it");
  assert.equal(language.asRaw("AVG:temp:[a] BY x"), "RAW:temp:[a]");
  assert.equal(language.asRaw("AVG:temp:[]:[1h]:[1m]"), null);
  assert.ok(language.hasWindow("AVG:temp:[]:[1h]:[1m] BY x"));
});

test("errors are found in the text", () => {
  const at = (error, asked) => language.placeOf(error, asked);
  assert.deepEqual(at({ message: 'invalid parameter "query": 1:8: parse error: unexpected ")"' }, { text: "temp + )" }),
    { at: 7, message: 'unexpected ")"' });
  assert.equal(at({ message: "2:3: parse error: x" }, { text: "abc\nde f" }).at, 6);
  assert.deepEqual(at({ message: "too many", at: undefined }, { text: "x" }), { at: -1, message: "too many" });
  const asked = language.withRange("AVG:t:[] BY 1=", "1h", "1m");
  assert.equal(at({ message: "expected a key", at: asked.text.indexOf("1=") }, asked).at, 12, "what was added is taken off");
});

test("selectors are quoted where they must be", () => {
  assert.equal(language.promqlOf({ __name__: "up", job: 'a"b' }), 'up{job="a\\"b"}');
  assert.equal(language.promqlOf({ __name__: "my.metric", "a-b": "c" }), '{"my.metric", "a-b"="c"}');
  assert.equal(language.promqlOf({ site: "eu" }), '{site="eu"}');
  assert.equal(language.dslOf({ __name__: "cpu", host: "a b", muted: "true" }),
    'AVG:cpu:["host=a b" AND (muted OR muted=true)]');
  assert.equal(language.dslOf({ __name__: "a:b" }), 'AVG:"a:b":[]');
});

test("answers become lines and tables", () => {
  const matrix = answers.fromPrometheus({ resultType: "matrix",
    result: [{ metric: { __name__: "x", a: "1" }, values: [[1, "2.5"], [2, "NaN"], [3, "+Inf"]] }] });
  assert.deepEqual(matrix.lines, [{ name: "x{a=1}", parts: ["x", "a=1"], times: [1000, 2000, 3000], values: [2.5, null, null] }]);
  const vector = answers.fromPrometheus({ resultType: "vector", result: [{ metric: {}, value: [1.5, "3"] },
    { metric: { __name__: "x" }, value: [1.5, "NaN"] }] });
  assert.deepEqual(vector.table.rows, [["{}", 3, 1500], ["x", "NaN", 1500]]);
  assert.deepEqual(answers.fromPrometheus({ resultType: "scalar", result: [1, "3"] }).table.rows, [[3, 1000]]);
  assert.deepEqual(answers.fromDsl({ windows: [[1000, 2, 3]] }, 1000, "q").lines, [{ name: "q", times: [1], values: [2] }]);
  const groups = answers.fromDsl({ groups: [{ by: { host: "a" }, windows: [[0, null, 1]] },
    { by: { host: null }, windows: [] }] }, 1, "q");
  assert.deepEqual(groups.lines.map(line => line.name), ["host=a", "host=–"]);
  const raw = answers.fromDsl({ points: [{ series: "t", tags: ["a=1"], timestamp: 5, value: 1 },
    { series: "u", tags: [], timestamp: 6, value: "text" }], next: "more" }, 1, "q");
  assert.deepEqual(raw.lines, [{ name: "t{a=1}", parts: ["t", "a=1"], times: [5], values: [1] },
    { name: "u", parts: ["u"], times: [6], values: ["text"] }]);
  assert.deepEqual(raw.lines.map(answers.isText), [false, true]);
  assert.equal(raw.table.rows.length, 2);
  assert.ok(raw.more);
  assert.deepEqual(answers.fromDsl({ value: null, count: 0 }, 1, "q").table.rows, [[null, 0]]);
  const points = Array.from({ length: 600 }, (_, i) => ({ series: "t", tags: [`a=${i}`], timestamp: i, value: i }));
  const many = answers.fromDsl({ points, next: null }, 1, "q");
  assert.deepEqual([many.lines.length, many.more, many.table.rows.length], [answers.maxLines, true, 600]);
  const sum = { resultType: "matrix", result: [{ metric: {}, values: [[1, "2"]] }] };
  assert.equal(answers.fromPrometheus(sum, "sum(x)").lines[0].name, "sum(x)");
});

test("of texts a table has the changes, the newest first", () => {
  const lines = [{ name: "t", times: [1, 2, 3, 4, 5], values: ["on", "on", "off", "off", "on"] },
    { name: "n", times: [2, 3], values: [7, 7] }];
  assert.deepEqual(answers.tableOfLines(lines).rows,
    [["t", "on", 5], ["t", "off", 3], ["n", 7, 3], ["n", 7, 2], ["t", "on", 1]]);
  assert.ok(answers.isText({ values: [null, "1"] }));
  assert.ok(!answers.isText({ values: [null, 1] }) && !answers.isText({ values: [] }));
});

test("a plain selector is known again", () => {
  for (const labels of [{ __name__: "up" }, { __name__: "a:b", host: "a b", "x-y": 'say "\n\\' }, { __name__: "a b", c: "" }])
    assert.deepEqual(language.labelsOf(language.promqlOf(labels)), labels);
  assert.deepEqual(language.labelsOf(' up { a = "1" , } '), { __name__: "up", a: "1" });
  for (const text of ["", "{}", '{a="1"}', "sum(up)", "up[5m]", 'up{a!="1"}', 'up{a=~"1"}', "up + 1", 'up{a="1"} offset 1m'])
    assert.equal(language.labelsOf(text), null, text);
});

test("the latest texts behind a query that found nothing", () => {
  const of = (text, kind) => {
    const { query, by, labels } = language.latestOf(text, kind) ?? {};
    return query && [query + by, labels.__name__];
  };
  assert.deepEqual(of('state{device="p 1"}', "promql"), ['LAST:state:["device=p 1"]', "state"]);
  assert.deepEqual(of("AVG:state:[site=eu] BY room", "dsl"), ["LAST:state:[site=eu] BY room", "state"]);
  assert.deepEqual(of('max:"a\\":b":[]:[1h]', "dsl"), ['LAST:"a\\":b":[]:[1h]', 'a":b']);
  for (const query of ["LAST:state:[]", "raw:state:[]", "COUNT:state:[]", "AVG:state"]) assert.equal(of(query, "dsl"), undefined);
  assert.equal(of("rate(state[5m])", "promql"), undefined);
});

test("a line's label is what the others do not have", () => {
  const label = (...metrics) => {
    const { lines } = answers.fromPrometheus({ resultType: "matrix", result: metrics.map(metric => ({ metric })) });
    answers.tellApart(lines);
    return lines.map(line => line.label);
  };
  assert.deepEqual(label({ __name__: "x", a: "1" }), ["x{a=1}"]);
  assert.deepEqual(label({ __name__: "x", a: "1", b: "2" }, { __name__: "x", a: "2", b: "2" }), ["a=1", "a=2"]);
  assert.deepEqual(label({ __name__: "x", a: "1" }, { __name__: "y", a: "1" }), ["x", "y"]);
  assert.deepEqual(label({ __name__: "x", a: "1" }, { __name__: "y", a: "2" }), ["x{a=1}", "y{a=2}"]);
  assert.deepEqual(label({ __name__: "x" }, { __name__: "x", a: "2" }), ["x", "a=2"]);
});

test("what the daemon searches for is quoted", () => {
  assert.equal(language.searchOf("__name__", ["a.b", "c\""]), '{__name__=~"(?i).*a\\\\.b.*", __name__=~"(?i).*c\\".*"}');
  assert.equal(language.searchOf("a-b", ["x"]), '{"a-b"=~"(?i).*x.*"}');
});

test("examples are made of what is there", () => {
  assert.deepEqual(examples([]), []);
  assert.deepEqual(examples(["a_count", "requests_total", "temp"]),
    ["temp", "MAX:temp:[]", "sum(rate(requests_total[5m]))"]);
  assert.deepEqual(examples(["state", "temp"], ["state"]), ["temp", "MAX:temp:[]"]);
  assert.deepEqual(examples(["state"], ["state"]), ["LAST:state:[]"]);
});

test("hours and days are those of the place, also when its clocks are set", () => {
  process.env.TZ = "Europe/Berlin";
  for (const [from, days] of [[Date.UTC(2026, 2, 28, 12), 2], [Date.UTC(2026, 9, 24, 12), 2], [Date.UTC(2026, 9, 20), 9]]) {
    const { ticks } = scale.timeTicks(from, from + days * 86400e3, 9);
    assert.ok(ticks.length > 3);
    const hours = ticks.map(time => new Date(time).getHours());
    assert.ok(hours.every(hour => hour % 6 === 0), `${hours}`);
  }
  assert.equal(scale.zone(Date.UTC(2026, 6, 1)), "UTC+02:00");
  process.env.TZ = "Asia/Kathmandu";
  assert.equal(scale.zone(), "UTC+05:45");
  process.env.TZ = "UTC";
  assert.equal(scale.zone(), "UTC");
});

test("ticks are round and inside", () => {
  for (const [low, high] of [[0, 1], [-3, 7], [1e-9, 3e-9], [1e12, 1.3e12], [99.97, 100.03]]) {
    const { step, ticks } = scale.ticks(low, high, 5);
    assert.ok(ticks.length >= 2 && ticks.length <= 12, `${low}..${high}: ${ticks}`);
    assert.ok(ticks.every(tick => tick >= low - step * 1e-6 && tick <= high + step * 1e-6));
    const labels = ticks.map(tick => scale.tickLabel(tick, step));
    assert.equal(new Set(labels).size, labels.length, `${labels} are told apart`);
  }
  assert.deepEqual(scale.ticks(0, 10, 5).ticks.map(tick => scale.tickLabel(tick, 2)), ["0", "2", "4", "6", "8", "10"]);
  assert.equal(scale.tickLabel(1_500_000, 500_000), "1.5M");
  for (const power of [1e-5, 1e-3, 0.1, 1, 10, 1e3, 1e5, 1e8]) {
    const labels = [0, 1, 2, 3, 4].map(i => scale.tickLabel(i * 2.5 * power, 2.5 * power));
    const units = { k: 1e3, M: 1e6, G: 1e9 };
    labels.forEach((label, i) => {
      const read = parseFloat(label) * (units[label.at(-1)] ?? 1);
      assert.ok(Math.abs(read - i * 2.5 * power) < 1e-6 * power, `${label} at ${i * 2.5 * power}`);
    });
  }
  assert.deepEqual([0, 2.5, 5].map(tick => scale.tickLabel(tick, 2.5)), ["0.0", "2.5", "5.0"]);
  const [low, high] = scale.rangeOf(5, 5);
  assert.ok(low < 5 && high > 5);
  assert.equal(scale.rangeOf(1, 10)[0], 0);
});

test("times are round by the clock on the wall", () => {
  const midnight = Date.UTC(2026, 10, 21);
  const hours = scale.timeTicks(midnight, midnight + 86400e3, 8);
  assert.ok(hours.ticks.every(time => new Date(time).getUTCMinutes() === 0));
  assert.equal(scale.timeLabel(midnight, hours.step), "21 Nov");
  assert.equal(scale.timeLabel(midnight + 3 * 3600e3, hours.step), "03:00");
  assert.equal(scale.timeLabel(midnight + 61e3, 1e3), "00:01:01");
  assert.equal(scale.fullTime(midnight + 1), "2026-11-21 00:00:00.001");
});

test("numbers read well", () => {
  assert.equal(scale.compact(12_345_678), "12.3\u202fM");
  assert.equal(scale.compact(7), "7");
  assert.equal(scale.bytes(1536), "1.5\u202fKiB");
  assert.equal(scale.shortNumber(0.1 + 0.2), "0.3");
  assert.equal(scale.shortNumber(1234567.8), "1\u202f234\u202f568");
  assert.equal(scale.shortNumber(null), "–");
  assert.deepEqual([-3.5, -2e-9].map(scale.shortNumber), ["−3.5", "−2.000e−9"]);
  assert.deepEqual([0, 1, 2330].map(count => scale.counted(count, "event")), ["0 events", "1 event", "2.33\u202fk events"]);
  assert.deepEqual([85.4, 6033].map(scale.shortDuration), ["85\u00a0ms", "6.03\u00a0s"]);
  assert.equal(scale.unitOf(["a_used_bytes", "b_bytes_total"]), "B");
  for (const names of [["a_bytes", "b_seconds"], ["a_bytes_count"], ["bytes"], [""], []]) assert.equal(scale.unitOf(names), "");
  const labels = [[12e9, 2e9, "B"], [0.5, 0.25, "s"], [20e3, 1e4, "s"], [-40, 20, "°C"], [60, 20, ""]];
  assert.deepEqual(labels.map(label => scale.unitLabel(...label)), ["12\u202fGB", "0.50\u202fs", "20k", "−40\u202f°C", "60"]);
  const values = [[12.34e9, "B"], [512, "B"], [0.25, "s"], [null, "V"], [7, ""]];
  assert.deepEqual(values.map(value => scale.withUnit(...value)),
    ["12.3\u202fGB", "512\u202fB", "0.25\u202fs", "–", "7"]);
  const noon = Date.UTC(2026, 10, 21, 12);
  assert.equal(scale.spanLabel(noon, noon + 3600e3), "2026-11-21, UTC");
  assert.equal(scale.spanLabel(noon - 86400e3, noon), "2026-11-20 – 2026-11-21, UTC");
});

test("the nearest time is found", () => {
  assert.equal(scale.nearest([], 1), -1);
  assert.equal(scale.nearest([1, 5, 9], 0), 0);
  assert.equal(scale.nearest([1, 5, 9], 3.5), 1);
  assert.equal(scale.nearest([1, 5, 9], 100), 2);
});

test("gauges are read from the text format", () => {
  const samples = exposition.parse('# HELP x y\nx 3\ny{a="1",b="z"} 2\ny{a="2"} 5\nyy 100\n');
  assert.equal(exposition.sum(samples, "x"), 3);
  assert.equal(exposition.sum(samples, "y"), 7);
  assert.equal(exposition.sum(samples, "none"), 0);
  assert.equal(exposition.label(samples, "y", "b"), "z");
});

test("server-sent events arrive whole, however they are cut", () => {
  const stream = ': hello\n\ndata: {"a":1}\n\ndata:x\r\ndata: y\r\n\r\ndata: unfinished\n';
  for (let size = 1; size <= stream.length; size++) {
    const found = [], read = eventReader(data => found.push(data));
    for (let i = 0; i < stream.length; i += size) read(stream.slice(i, i + size));
    assert.deepEqual(found, ['{"a":1}', "x\ny"], `pieces of ${size}`);
  }
});

test("live lines grow, sort, and are bounded", () => {
  const live = new LiveLines(1000, "q");
  live.take({ series: "t", tags: ["a=1"], timestamp: 2_000_000, value: 2 });
  live.take({ series: "t", tags: ["a=1"], timestamp: 1_000_000, value: 1 });
  live.take({ series: "t", tags: ["a=1"], timestamp: 2_000_000, value: 3 });
  live.take({ dropped: 4 });
  live.take({ window: [5_000_000, 6_000_000], value: 9, count: 1, late: 2 });
  live.begin([{ name: "t{a=1}", times: [500, 1000], values: [0, 1] }]);
  assert.deepEqual(live.lines, [{ name: "t{a=1}", parts: ["t", "a=1"], times: [500, 1000, 2000], values: [0, 1, 3] },
    { name: "q", parts: undefined, times: [5000], values: [9] }]);
  assert.deepEqual([live.points, live.dropped, live.late], [4, 4, 2]);
  for (let i = 0; i < 50_000; i++) live.add("many", i, i);
  assert.ok(live.lines[2].times.length <= 20_000);
  assert.equal(live.lines[2].times.at(-1), 49_999);
  assert.deepEqual(new LiveLines(1, "q").rangeAt(1000, 100), { from: 900, to: 1000 });
  assert.equal(live.rangeAt(1e12, 1000).to, 49_999, "another clock than ours");
});

test("texts among live lines are known", () => {
  const live = new LiveLines(1000, "q");
  assert.deepEqual([live.someAreTexts, live.allAreTexts], [false, false]);
  live.begin([{ name: "doors", times: [1, 2], values: ["open", "shut"] }]);
  assert.deepEqual([live.someAreTexts, live.allAreTexts], [true, true]);
  live.take({ series: "t", tags: [], timestamp: 2_000, value: 2 });
  assert.deepEqual([live.someAreTexts, live.allAreTexts], [true, false]);
});

test("a search needs all words and begins with the best", () => {
  const names = ["http_requests_total", "grpc_http_x", "http_errors", "up"];
  assert.deepEqual(search(names, "http").rows, ["http_requests_total", "http_errors", "grpc_http_x"]);
  assert.deepEqual(search(names, "HTTP err").rows, ["http_errors"]);
  assert.deepEqual(search(names, "", 2), { rows: ["http_requests_total", "grpc_http_x"], total: 4 });
});

test("words of a search are split between a label and its values", () => {
  assert.deepEqual(valuesOf("host", ["host=00"]), ["00"]);
  assert.deepEqual(valuesOf("host", ["hos", "7"]), ["7"]);
  assert.deepEqual(valuesOf("k8s_host", ["host=a=b"]), ["a=b"]);
  assert.deepEqual(valuesOf("host", ["host="]), []);
  assert.equal(valuesOf("host", ["site=eu"]), null);
});

test("a module's file names its workflow", () => {
  assert.equal(nameOfFile("C:\\x\\alert me.wasm"), "alert-me");
  assert.equal(nameOfFile(".wasm"), "workflow");
});

test("steps are round and few", () => {
  assert.equal(language.stepOf(3600e3), 15e3);
  assert.equal(language.stepOf(60e3), 500);
  assert.ok(30 * 86400e3 / language.stepOf(30 * 86400e3) <= 240);
  assert.equal(language.milliseconds("15m"), 900e3);
});
