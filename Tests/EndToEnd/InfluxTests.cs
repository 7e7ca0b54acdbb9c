using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>InfluxDB's line protocol, with clients that were made for InfluxDB.</summary>
public class InfluxTests
{
    private const string ClientPackage = "@influxdata/influxdb-client";

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

    /// <summary>The official client of 2.x: batches, gzip, a ping, and what it makes of errors.</summary>
    [NodeFact(ClientPackage)]
    public async Task TheClientLibraryWrites()
    {
        const string script = """
            const { InfluxDB, Point, HttpError } = require('@influxdata/influxdb-client');
            const url = process.env.URL;
            (async () => {
              const options = { batchSize: 500, gzipThreshold: 100, maxRetries: 0 };
              const api = new InfluxDB({ url, token: 'x', timeout: 60000 }).getWriteApi('org', 'bucket', 'ms', options);
              api.useDefaultTags({ site: 'eu west' });
              for (let i = 0; i < 2000; i++) {
                api.writePoint(new Point('js').tag('host', 'a,b=' + i % 2).intField('n', i).floatField('f', i / 3)
                  .booleanField('b', true).uintField('u', i).stringField('s', 'say "hi"').timestamp(1000 + i));
              }
              await api.close();
              const bad = new InfluxDB({ url, timeout: 60000 }).getWriteApi('org', 'bucket', 'ns', { maxRetries: 0 });
              bad.writeRecord('js,host=x n=');
              try { await bad.close(); } catch (e) {
                console.log(e instanceof HttpError, e.statusCode, e.code, e.json.line, e.message);
              }
            })().catch(e => { console.log(e); process.exit(1); });
            """;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        ProcessResult result = await NodePackages.Run(data, script,
            new Dictionary<string, string> { ["URL"] = $"http://{daemon.HttpAddress}" });
        Assert.Contains("true 400 invalid 1 line 1: unable to parse 'js,host=x n=': missing field value",
            result.Output);
        Assert.Equal(1_000, await daemon.Value("COUNT:js_f:[\"host=a,b=1\" AND \"site=eu west\"]:[0,9000000]"));
        Assert.Equal(1_999_000, await daemon.Value("SUM:js_n:[]:[0,9000000]"));
        Assert.Equal(1_999_000, await daemon.Value("SUM:js_u:[]:[0,9000000]"));
        Assert.Equal(2_000, await daemon.Value("COUNT:js_s:[]:[0,9000000]"));
        Assert.Equal(2_000, await daemon.Value("SUM:js_b:[]:[0,9000000]"));
    }

    /// <summary>The command line client of 1.x: databases, an insert, a file with statements and lines, packed.
    /// </summary>
    [ClientFact]
    public async Task TheCommandLineClientInsertsAndImports()
    {
        const string file = """
            # DDL
            CREATE DATABASE plant
            CREATE RETENTION POLICY year ON plant DURATION 52w REPLICATION 1
            # DML
            # CONTEXT-DATABASE: plant
            # CONTEXT-RETENTION-POLICY: year
            press,line=1 force=2.5,note="a \"b\" c" 1700000000
            press,line=2 force=3i 1700000001
            press,line=1 force=4 1700000002

            """;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        string port = daemon.HttpAddress!.Port.ToString(CultureInfo.InvariantCulture);
        Assert.Equal("name: databases\nname\n----\nslungd\n", await Client("-execute", "SHOW DATABASES"));
        await Client("-database", "plant", "-precision", "s", "-execute", "INSERT press,line=9 force=7 1700000000");
        await File.WriteAllTextAsync(Path.Combine(data.Path, "lines.txt"), file.ReplaceLineEndings("\n"));
        Assert.Equal(0, (await Executable.Run("gzip", ["lines.txt"], folder: data.Path)).ExitCode);
        await Client("-import", "-compressed", "-path", Path.Combine(data.Path, "lines.txt.gz"), "-precision", "s");
        Assert.Equal(16.5, await daemon.Value("SUM:press_force:[]:[0,2000000000000000]"));
        Assert.Equal(6.5, await daemon.Value("SUM:press_force:[line=1]:[0,2000000000000000]"));
        Assert.Equal(1, await daemon.Value("COUNT:press_note:[]:[0,2000000000000000]"));

        async Task<string> Client(params string[] arguments)
        {
            ProcessResult result =
                await Executable.Run("influx", ["-host", "127.0.0.1", "-port", port, .. arguments], folder: data.Path);
            Assert.True(result.ExitCode == 0 && !(result.Output + result.Error).Contains("ERR"),
                result.Output + result.Error);
            return result.Output;
        }
    }

    private sealed class ClientFactAttribute : FactAttribute
    {
        public ClientFactAttribute() => Skip = Binary.Missing
            ?? (Programs.Has("influx") ? null : "influx is not installed (Debian: influxdb-client)");
    }
}
