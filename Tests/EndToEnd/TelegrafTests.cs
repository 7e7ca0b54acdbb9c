using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>What Telegraf sends, byte by byte. The program is in none of the package archives that tests install from.
/// These are the requests that plugins/outputs/influxdb/http.go (makeQueryRequest, makeWriteRequest) and
/// plugins/outputs/influxdb_v2/http.go (writeBatch) of Telegraf 1.33 build with their default options, as Go's net/http
/// wrote them when its functions were called so: headers in this order, bodies in chunks of unknown number and gzip, of
/// whose stream the header is a chunk of its own. The lines are Golden/influx/telegraf.lp.</summary>
public class TelegrafTests
{
    private const string Common = "Host: {0}\r\nUser-Agent: Telegraf/1.33.0 Go/1.23.4\r\n";

    private const string Create = "POST /query HTTP/1.1\r\n" + Common + "Content-Length: 32\r\n{1}"
        + "Content-Type: application/x-www-form-urlencoded\r\nAccept-Encoding: gzip\r\n\r\n"
        + "q=CREATE+DATABASE+%22telegraf%22";

    private const string Lines = "Transfer-Encoding: chunked\r\n{1}Content-Encoding: gzip\r\n"
        + "Content-Type: text/plain; charset=utf-8\r\nAccept-Encoding: gzip\r\n\r\n";

    private const string Write1 = "POST /write?consistency=any&db=telegraf&rp=autogen HTTP/1.1\r\n" + Common + Lines;
    private const string Write2 = "POST /api/v2/write?bucket=any&org=any HTTP/1.1\r\n" + Common + Lines;

    [EndToEndFact]
    public async Task BothOutputsAreServedOnOneConnectionEach()
    {
        using var data = new DataFolder();
        string file = data.Path + "/tokens", token = await TokensTests.Create(file, "telegraf", "write");
        string basic = "Authorization: Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("telegraf:" + token));
        await using (Daemon daemon =
            await Daemon.Start(data.Path + "/data", ["--precision", "ns", "--tokens", file]))
        {
            await Send(daemon, basic + "\r\n", $"Authorization: Token {token}\r\n");
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon again = await Daemon.Start(data.Path + "/data", []);
        const string idle = "SUM:cpu_usage_idle:[cpu=cpu-total AND \"host=gw 1\"]:[0,9000000000000000000]";
        Assert.Equal(2 * 96.79999999999563, await again.Value(idle));
        Assert.Equal(2, await again.Value("COUNT:system_uptime_format:[\"host=gw 1\"]:[0,9000000000000000000]"));
    }

    /// <summary>With username and password, and with a token, as the two plugins have them.</summary>
    private static async Task Send(Daemon daemon, string basic, string token)
    {
        byte[] lines = File.ReadAllBytes(Path.Combine(Repository.Root, "Tests/Golden/influx/telegraf.lp"));
        byte[] bad = "cpu usage_idle=1 1700000010000000000\ncpu usage_idle=\"x\" 1700000011000000000\ncpu"u8.ToArray();
        using (Connection first = await Connection.Open(daemon))
        {
            (string head, string body) = await first.Ask(Write1, lines);
            Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
            Assert.StartsWith("{\"error\":\"", body, StringComparison.Ordinal);
            (head, body) = await first.Ask(Create, null, basic);
            Assert.Equal("""{"results":[{"statement_id":0}]}""", body);
            Assert.Contains("X-Influxdb-Version: 1.8.10", head, StringComparison.Ordinal);
            (head, body) = await first.Ask(Write1, lines, basic);
            Assert.StartsWith("HTTP/1.1 204 ", head, StringComparison.Ordinal);
            (head, body) = await first.Ask(Write1, bad, basic);
            Assert.StartsWith("HTTP/1.1 400 ", head, StringComparison.Ordinal);
            // The words by which Telegraf knows that the same lines need not come again.
            Assert.StartsWith("{\"error\":\"partial write: line 3: unable to parse 'cpu': missing fields\\n"
                + "line 2: field type conflict: ", body, StringComparison.Ordinal);
            Assert.EndsWith("dropped=2\"}", body, StringComparison.Ordinal);
        }
        using (Connection second = await Connection.Open(daemon))
        {
            byte[] later = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(lines).Replace("1700000010", "1700000020"));
            (string head, string body) = await second.Ask(Write2, later);
            Assert.StartsWith("HTTP/1.1 401 ", head, StringComparison.Ordinal);
            Assert.StartsWith("{\"code\":\"unauthorized\",", body, StringComparison.Ordinal);
            (head, _) = await second.Ask(Write2, later, token);
            Assert.StartsWith("HTTP/1.1 204 ", head, StringComparison.Ordinal);
            (head, body) = await second.Ask(Write2, bad, token);
            Assert.StartsWith("HTTP/1.1 400 ", head, StringComparison.Ordinal);
            Assert.StartsWith("{\"code\":\"invalid\",\"message\":\"partial write: line 3: ", body,
                StringComparison.Ordinal);
            Assert.EndsWith(",\"line\":3}", body, StringComparison.Ordinal);
        }
    }

    /// <summary>One connection that is kept.</summary>
    private sealed class Connection : IDisposable
    {
        private readonly TcpClient _client = new();
        private readonly CancellationTokenSource _limit = new(Patience.Limit);
        private readonly string _host;

        private Connection(string host) => _host = host;

        public static async Task<Connection> Open(Daemon daemon)
        {
            Connection connection = new(daemon.HttpAddress!.ToString());
            await connection._client.ConnectAsync(daemon.HttpAddress, connection._limit.Token);
            return connection;
        }

        /// <summary>Sends a request and reads the answer to it.</summary>
        /// <param name="request">The head, and what stands behind it.</param>
        /// <param name="lines">Sent packed, in chunks; null: none.</param>
        /// <param name="authorization">A header.</param>
        public async Task<(string Head, string Body)> Ask(string request, byte[]? lines, string authorization = "")
        {
            NetworkStream stream = _client.GetStream();
            string head = string.Format(null, request, _host, authorization);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _limit.Token);
            if (lines is not null)
            {
                byte[] packed = Packed(lines);
                await stream.WriteAsync(Chunk(packed.AsSpan(0, 10)), _limit.Token);
                await stream.WriteAsync(Chunk(packed.AsSpan(10)), _limit.Token);
                await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), _limit.Token);
            }
            List<byte> answer = [];
            byte[] room = new byte[4096];
            while (true)
            {
                string text = Encoding.UTF8.GetString([.. answer]);
                int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
                if (end >= 0 && text.Length - end - 4 == LengthIn(text[..end])) return (text[..end], text[(end + 4)..]);
                int read = await stream.ReadAsync(room, _limit.Token);
                if (read == 0) throw new EndOfStreamException("closed within an answer: " + text);
                answer.AddRange(room.AsSpan(0, read));
            }
        }

        public void Dispose()
        {
            _client.Dispose();
            _limit.Dispose();
        }

        private static int LengthIn(string head)
        {
            const string name = "Content-Length: ";
            int at = head.IndexOf(name, StringComparison.Ordinal);
            return at < 0 ? 0 : int.Parse(head[(at + name.Length)..].Split('\r')[0], null);
        }

        private static byte[] Chunk(ReadOnlySpan<byte> bytes) =>
            [.. Encoding.ASCII.GetBytes($"{bytes.Length:x}\r\n"), .. bytes, .. "\r\n"u8];

        private static byte[] Packed(byte[] bytes)
        {
            using MemoryStream packed = new();
            using (GZipStream gzip = new(packed, CompressionLevel.Optimal)) gzip.Write(bytes);
            return packed.ToArray();
        }
    }
}
