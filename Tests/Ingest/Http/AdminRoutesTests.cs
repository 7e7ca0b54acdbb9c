using System.Net;
using System.Net.Http;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class AdminRoutesTests
{
    [Fact]
    public void FlushAndCompactAnswerWhenTheyAreDone()
    {
        using var store = new StoreFixture();
        SeriesId series = store.Series("a");
        using HttpFixture http = new(routes: [.. new AdminRoutes(store.Store).All()]);
        for (int i = 1; i <= 3; i++)
        {
            store.Put(series, i, i);
            HttpResponseMessage flushed = http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/flush");
            Assert.Equal(HttpStatusCode.OK, flushed.StatusCode);
            Assert.Equal(i, HttpFixture.Json(flushed).GetProperty("data").GetProperty("segments").GetInt32());
        }
        JsonElement data = HttpFixture.Json(http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/compact"))
            .GetProperty("data");
        Assert.Equal((1, 3), (data.GetProperty("segments").GetInt32(), data.GetProperty("segment_points").GetInt32()));
        Assert.Equal(3, store.Read(series).Count);
        HttpResponseMessage refused = http.Get("/api/v1/admin/tsdb/clean_tombstones");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
        Assert.Equal(["POST", "PUT", "OPTIONS"], refused.Content.Headers.Allow);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, http.Get("/api/v1/admin/tsdb/compact").StatusCode);
    }

    [Fact]
    public void ASnapshotIsAnsweredByItsName()
    {
        using var store = new StoreFixture();
        store.Put(store.Series("a"), 1, 1);
        using HttpFixture http = new(routes: [.. new AdminRoutes(store.Store).All()]);
        HttpResponseMessage made = http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/snapshot");
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        string name = HttpFixture.Json(made).GetProperty("data").GetProperty("name").GetString()!;
        Assert.True(System.IO.Directory.Exists(store.Data + "/snapshots/" + name));
    }

    [Fact]
    public void AFailingDiskIsNamed()
    {
        var disk = new FaultyDisk();
        using var store = new StoreFixture(null, disk);
        store.Put(store.Series("a"), 1, 1);
        using HttpFixture http = new(routes: [.. new AdminRoutes(store.Store).All()]);
        disk.Fault = static (_, _) => DiskFault.NoSpace;
        HttpResponseMessage answer = http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/flush");
        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        Assert.Contains("NoSpace", HttpFixture.Json(answer).GetProperty("error").GetString()!);
        disk.Fault = null;
        Assert.Equal(HttpStatusCode.OK, http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/flush").StatusCode);
    }

    [Fact]
    public void AStoreThatIsBeingOpenedSaysLater()
    {
        using var fixture = new StoreFixture();
        using var store = new Slungd.Engine.Store.TimeSeriesStore(fixture.Options, fixture.Disk, fixture.Clock);
        using HttpFixture http = new(routes: [.. new AdminRoutes(store).All()]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable,
            http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/compact").StatusCode);
    }
}
