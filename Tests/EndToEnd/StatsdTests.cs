using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

public class StatsdTests
{
    private static async Task<IPEndPoint> DoorOf(Daemon daemon)
    {
        await daemon.Says("StatsD door on ");
        return IPEndPoint.Parse(Regex.Match(daemon.Log, "StatsD door on ([0-9.:]+)").Groups[1].Value);
    }

    private static Task<string> Has(Daemon daemon, string metric) => Patience.Until(metric,
        async () => await (await daemon.Get("/metrics")).Content.ReadAsStringAsync(),
        text => text.Contains(metric + "\n", StringComparison.Ordinal));

    /// <summary>Of --statsd-flush: no flush comes soon, at whichever multiple of the clock.</summary>
    internal static string NoFlush()
    {
        int seconds = 3_600;
        while (seconds - TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() % seconds < 600) seconds--;
        return $"{seconds}s";
    }

    [EndToEndFact]
    public async Task AnIntervalThatHasNotEndedIsStoredAtTheStop()
    {
        using var data = new DataFolder();
        string file = data.Path + ".statsd";
        string[] options = ["--statsd", "127.0.0.1:0", "--statsd", "unix:" + file, "--statsd-flush", NoFlush(),
            "--statsd-percentiles", "50", "--statsd-percentiles", "99.9"];
        await using (Daemon daemon = await Daemon.Start(data, options))
        {
            await daemon.Says("StatsD door on unix:" + file);
            using Socket udp = new(SocketType.Dgram, ProtocolType.Udp);
            await udp.ConnectAsync(await DoorOf(daemon));
            using Socket local = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
            await local.ConnectAsync(new UnixDomainSocketEndPoint(file));
            for (int i = 1; i <= 100; i++)
            {
                udp.Send("page.views:1|c|#env:prod\nbad line\ntime:1:2:3|ms"u8);
                local.Send("page.views:2|c|@0.5|#env:prod\n"u8);
            }
            await Has(daemon, "slungd_protocol_messages_total{protocol=\"statsd\"} 200");
            await Has(daemon, "slungd_protocol_malformed_total{protocol=\"statsd\"} 100");
            await Has(daemon, "slungd_statsd_values_total{type=\"timer\"} 300");
            Assert.Equal(0, await daemon.Stop());
            Assert.False(File.Exists(file));
        }
        await using Daemon again = await Daemon.Start(data);
        Assert.Equal(500, await again.Value("MAX:page_views:[env=prod]:[1h]"));
        Assert.Equal(300, await again.Value("MAX:time_count:[]:[1h]"));
        Assert.Equal(600, await again.Value("MAX:time_sum:[]:[1h]"));
        Assert.Equal(2, await again.Value("LAST:time:[quantile=0.5]:[1h]"));
        Assert.Equal(3, await again.Value("LAST:time:[quantile=0.999]:[1h]"));
        Assert.Equal(3, await again.Value("LAST:time_max:[]:[1h]"));
    }

    [HotShotsFact("hot-shots")]
    public Task HotShotsSendsOverUdp() => HotShots("udp");

    [HotShotsFact("unix-dgram/build/Release")] // what it needs for these, compiled
    public Task HotShotsSendsOverAUnixSocket() => HotShots("uds");

    private static async Task HotShots(string protocol)
    {
        const string script = """
            const StatsD = require('hot-shots');
            const [,, protocol, place] = process.argv;
            const where = protocol === 'uds' ? { protocol, path: place }
              : { protocol, host: place.split(':')[0], port: Number(place.split(':')[1]) };
            const client = new StatsD({ ...where, prefix: 'shop.', globalTags: { env: 'prod' }, maxBufferSize: 1000,
              bufferFlushInterval: 10, errorHandler: e => { console.log(e); process.exit(1); } });
            for (let i = 0; i < 200; i++) {
              client.increment('orders', 2, { region: 'eu west' });
              client.timing('render', i);
              client.set('users', 'u' + i % 50);
              client.distribution('size', i, { unit: 'kB' });
            }
            client.gauge('old', 3, { timestamp: new Date(1700000000000) });
            client.gauge('queue', 12.5);
            client.gaugeDelta('queue', -2);
            client.gauge('cold', -7);
            client.event('deploy', 'done');
            client.check('up', client.CHECKS.OK);
            client.close(e => process.exit(e ? 1 : 0));
            """;
        using var data = new DataFolder();
        string file = data.Path + ".statsd", program = data.Path + ".js";
        await using Daemon daemon = await Daemon.Start(data, "--statsd", "127.0.0.1:0", "--statsd", "unix:" + file,
            "--statsd-flush", "1s"); // all users in one, however slowly they come
        await File.WriteAllTextAsync(program, script);
        try
        {
            string place = protocol == "uds" ? file : (await DoorOf(daemon)).ToString();
            var environment = new Dictionary<string, string> { ["NODE_PATH"] = NodePackages.Folder };
            ProcessResult result = await Executable.Run("node", [program, protocol, place], environment: environment);
            Assert.True(result.ExitCode == 0, result.Output + result.Error);
        }
        finally { File.Delete(program); }
        await Has(daemon, "slungd_statsd_ignored_total 2");
        foreach ((string query, double expected) in ((string, double)[])
        [
            ("MAX:shop_orders:[\"region=eu west\"]:[1h]", 400), ("MAX:shop_render_sum:[env=prod]:[1h]", 19_900),
            ("MAX:shop_users:[]:[1h]", 50), ("MAX:shop_size_count:[unit=kB]:[1h]", 200),
            ("LAST:shop_cold:[]:[1h]", -7), ("LAST:shop_queue:[]:[1h]", 10.5),
            ("LAST:shop_old:[]:[1700000000000000,1700000000000000]", 3),
        ])
            await Patience.Until(query, () => daemon.Value(query), value => value == expected);
    }

    private sealed class HotShotsFactAttribute : FactAttribute
    {
        public HotShotsFactAttribute(string package) => Skip = Binary.Missing ?? NodePackages.Missing(package);
    }
}
