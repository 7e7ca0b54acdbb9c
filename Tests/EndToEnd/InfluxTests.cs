using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

public class InfluxTests
{
    private const string ClientPackage = "@influxdata/influxdb-client";

    /// <summary>Where packages of node lie, as node itself is told.</summary>
    private static string Modules => Environment.GetEnvironmentVariable("NODE_PATH") ?? "node_modules";

    [EndToEndFact]
    public async Task LinesAreThereAfterAKill()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data, "--wal-sync", "always", "--influx-strings", "drop"))
        {
            using HttpResponseMessage created = await daemon.Get("/query?q=CREATE+DATABASE+%22telegraf%22");
            Assert.Equal(HttpStatusCode.OK, created.StatusCode);
            for (int second = 1; second <= 100; second++)
            {
                string lines = $"cpu,host=a\\ b usage=0.5,n={second}i,ok=true,s=\"x\" {second}\n"
                    + $"mem value={second} {second}\n";
                using HttpResponseMessage answer =
                    await daemon.Post("/write?db=telegraf&precision=s", new StringContent(lines));
                Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            }
            await daemon.Kill();
        }
        await using Daemon again = await Daemon.Start(data);
        Assert.Equal(50, await again.Value("SUM:cpu_usage:[\"host=a b\"]:[0,100000000]"));
        Assert.Equal(5_050, await again.Value("SUM:cpu_n:[]:[0,100000000]"));
        Assert.Equal(100, await again.Value("SUM:cpu_ok:[]:[0,100000000]"));
        Assert.Equal(100, await again.Value("LAST:mem:[]:[0,100000000]"));
        Assert.Equal(0, await again.Value("COUNT:cpu_s:[]:[0,100000000]"));
    }

    /// <summary>The official client: batches, gzip, and what it makes of an error.</summary>
    [ClientFact]
    public async Task TheClientLibraryWrites()
    {
        const string script = """
            const { InfluxDB, Point, HttpError } = require('@influxdata/influxdb-client');
            const url = process.argv[2];
            (async () => {
              const options = { batchSize: 500, gzipThreshold: 100, maxRetries: 0 };
              const api = new InfluxDB({ url, token: 'x' }).getWriteApi('org', 'bucket', 'ms', options);
              api.useDefaultTags({ site: 'eu west' });
              for (let i = 0; i < 2000; i++) {
                api.writePoint(new Point('js').tag('host', 'a,b=' + i % 2).intField('n', i).floatField('f', i / 3)
                  .booleanField('b', true).uintField('u', i).stringField('s', 'say "hi"').timestamp(1000 + i));
              }
              await api.close();
              const bad = new InfluxDB({ url }).getWriteApi('org', 'bucket', 'ns', { maxRetries: 0 });
              bad.writeRecord('js,host=x n=');
              try { await bad.close(); } catch (e) { console.log(e.statusCode, e.code, e.json.line); }
            })().catch(e => { console.log(e); process.exit(1); });
            """;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        string file = Path.Combine(data.Path, "..", Path.GetRandomFileName() + ".js");
        await File.WriteAllTextAsync(file, script);
        try
        {
            var environment = new Dictionary<string, string> { ["NODE_PATH"] = Path.GetFullPath(Modules) };
            ProcessResult result = await Executable.Run("node", [file, $"http://{daemon.HttpAddress}"],
                environment: environment);
            Assert.Contains("400 invalid 1", result.Output);
        }
        finally { File.Delete(file); }
        Assert.Equal(1_000, await daemon.Value("COUNT:js_f:[\"host=a,b=1\" AND \"site=eu west\"]:[0,9000000]"));
        Assert.Equal(1_999_000, await daemon.Value("SUM:js_n:[]:[0,9000000]"));
        Assert.Equal(1_999_000, await daemon.Value("SUM:js_u:[]:[0,9000000]"));
        Assert.Equal(2_000, await daemon.Value("COUNT:js_s:[]:[0,9000000]"));
        Assert.Equal(2_000, await daemon.Value("SUM:js_b:[]:[0,9000000]"));
    }

    private sealed class ClientFactAttribute : FactAttribute
    {
        public ClientFactAttribute() => Skip = Binary.Missing
            ?? (Programs.Has("node") && Directory.Exists(Path.Combine(Modules, ClientPackage)) ? null
                : $"needs node, and {ClientPackage} in NODE_PATH");
    }
}
