using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Slungd.Tests.Ingest.Http;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Slungd.Tests.Ingest.Protocols.RemoteWrite;
using Xunit;

namespace Slungd.Tests.EndToEnd;

public class RemoteWriteTests
{
    [EndToEndFact]
    public async Task PointsAreThereAfterAKill()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data, "--wal-sync", "always"))
        {
            for (int request = 0; request < 3; request++)
            {
                ProtoMessage series = RemoteWriteDecoderTests.Series("__name__:up", "instance:a:9090", "job:x");
                for (int i = 0; i < 100; i++)
                    series.Add(2, RemoteWriteDecoderTests.Sample(i % 2, 1_000 * (request * 100 + i)));
                ByteArrayContent body = new(RemoteWriteRoutesTests.Snappy(new ProtoMessage().Add(1, series).Bytes));
                body.Headers.ContentEncoding.Add("snappy");
                using HttpResponseMessage answer = await daemon.Post("/api/v1/write", body);
                Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            }
            Assert.Equal(300, await daemon.Value("COUNT:up:[job=x AND instance=a:9090]"));
            await daemon.Kill();
        }
        await using Daemon again = await Daemon.Start(data);
        Assert.Equal(300, await again.Value("COUNT:up:[job=x]:[0,299000000]"));
        Assert.Equal(150, await again.Value("SUM:up:[]"));
        using HttpResponseMessage metrics = await again.Get("/metrics");
        Assert.Contains("slungd_protocol_points_total{protocol=\"remote_write\"} 0",
            await metrics.Content.ReadAsStringAsync());
    }
}
