using System;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Ingest.Http;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;
using Slungd.Tests.Workflows.Supervisor;
using Slungd.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class WorkflowRoutesTests
{
    private const string Root = "/api/v1/workflows";

    [Fact]
    public void A_workflow_is_deployed_seen_and_removed()
    {
        using SupervisorRig rig = new();
        using HttpFixture http = Serve(rig);
        Assert.Equal("[]", Data(http.Get(Root)).GetProperty("workflows").GetRawText());
        JsonElement deployed = Data(Put(http, "hello", Guests.Print("hello\u0007", 0)));
        Assert.Equal("hello", deployed.GetProperty("name").GetString());
        rig.UntilState("hello", WorkflowState.Ended);
        JsonElement listed = Data(http.Get(Root)).GetProperty("workflows")[0];
        Assert.Equal("ended", listed.GetProperty("state").GetString());
        Assert.Equal(1, Data(http.Get($"{Root}/hello")).GetProperty("counters").EnumerateObject()
            .Count(static c => c.Name == "events"));
        JsonElement line = Data(http.Get($"{Root}/hello/logs?limit=1")).GetProperty("lines")[0];
        Assert.Equal(("stdout", "hello\\u0007"),
            (line.GetProperty("stream").GetString(), line.GetProperty("text").GetString()));
        Assert.Equal(HttpStatusCode.NoContent, http.Send(HttpMethod.Delete, $"{Root}/hello").StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, http.Send(HttpMethod.Delete, $"{Root}/hello").StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, http.Get($"{Root}/hello").StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, http.Get($"{Root}/hello/logs").StatusCode);
    }

    [Fact]
    public void A_configuration_is_set_and_read()
    {
        using SupervisorRig rig = new();
        using HttpFixture http = Serve(rig);
        Assert.Equal(HttpStatusCode.NoContent,
            Put(http, "a/config", """{"memory":"1MiB","cpu":0.5}"""u8.ToArray()).StatusCode);
        Put(http, "a", Guests.Spin());
        Assert.Equal("""{"env":{},"allow_hosts":[],"memory":1048576,"cpu":0.5}""",
            Data(http.Get($"{Root}/a/config")).GetProperty("config").GetRawText());
        Put(http, "a/config", """{"env":{"A":"b"},"allow_hosts":["h:1"]}"""u8.ToArray());
        Assert.Equal("""{"env":{"A":"b"},"allow_hosts":["h:1"],"memory":67108864,"cpu":1}""",
            Data(http.Get($"{Root}/a/config")).GetProperty("config").GetRawText());
        JsonElement restarted = Data(http.Send(HttpMethod.Post, $"{Root}/a/restart"));
        Assert.Contains(restarted.GetProperty("state").GetString(), (string[])["starting", "running"]);
    }

    /// <summary>Secrets stand in its environment.</summary>
    [Theory]
    [InlineData("read", false)]
    [InlineData("admin", true)]
    public async Task A_configuration_is_shown_to_admins_alone(string scope, bool isShown)
    {
        using SupervisorRig rig = new();
        WorkflowRoutes routes = new(rig.Supervisor, new RequestBodies(new ByteBudget(64 << 20), 32 << 20));
        Assert.True(rig.Supervisor.Deploy("a", Guests.Print("x", 0)).IsDone);
        Assert.True(rig.Supervisor.Configure("a", """{"env":{"PASSWORD":"hunter2"}}"""u8.ToArray()).IsDone);
        foreach (HttpRoute route in routes.All().Where(static route => route.NeedsToGet == TokenScope.Read))
        {
            DefaultHttpContext context = new();
            context.Request.Path = route.Path.Replace("*", "a", StringComparison.Ordinal);
            context.Features.Set(new AccessToken("t", TokenFile.ParseScopes(scope), new byte[32], null, 0));
            MemoryStream body = new();
            context.Response.Body = body;
            await route.Get!(context);
            string said = Encoding.UTF8.GetString(body.ToArray());
            Assert.StartsWith("{\"status\":\"success\"", said, StringComparison.Ordinal);
            bool isLog = route.Path.EndsWith("logs", StringComparison.Ordinal);
            Assert.Equal(isShown && !isLog, said.Contains("hunter2", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_file_whose_name_can_t_be_is_removed()
    {
        using SupervisorRig rig = new();
        rig.Deploy("good", Guests.Spin());
        foreach (string file in new[] { "no name", "a%2Fb", @"a\..\b" })
            File.WriteAllText(Path.Combine(rig.Folder, file + ".wasm"), "");
        rig.Restart();
        using HttpFixture http = Serve(rig);
        foreach (JsonElement listed in Data(http.Get(Root)).GetProperty("workflows").EnumerateArray().Skip(1))
        {
            string path = $"{Root}/{Uri.EscapeDataString(listed.GetProperty("name").GetString()!)}";
            Assert.Equal("not loaded", Data(http.Get(path)).GetProperty("state").GetString());
            Assert.Equal(HttpStatusCode.NoContent, http.Send(HttpMethod.Delete, path).StatusCode);
        }
        foreach (string path in new[] { "%2e%2e%2fgood", "..%5cgood", "%2fetc%2fpasswd" })
            Assert.Equal(HttpStatusCode.NotFound, http.Send(HttpMethod.Delete, $"{Root}/{path}").StatusCode);
        Assert.Equal(["good.wasm"], Directory.GetFiles(rig.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public void What_is_wrong_is_said()
    {
        using SupervisorRig rig = new();
        using HttpFixture http = Serve(rig);
        Assert.Equal((400, "magic header not detected (module offset 0x0)"), Error(Put(http, "a", [1, 2, 3, 4])));
        Assert.Equal(400, Error(Put(http, ".a", Guests.Spin())).Status);
        Assert.Equal((400, "x: expected env, allow_hosts, memory or cpu"),
            Error(Put(http, "a/config", "{\"x\":1}"u8.ToArray())));
        Assert.Equal((400, "expected a number of lines as limit"), Error(http.Get($"{Root}/a/logs?limit=-1")));
        Assert.Equal(404, Error(http.Get($"{Root}/a/logs?limit=10001")).Status); // any number will do
        Assert.Equal((404, "there is no workflow \"a\""), Error(http.Send(HttpMethod.Post, $"{Root}/a/restart")));
        rig.Supervisor.Dispose();
        HttpResponseMessage late = Put(http, "a", Guests.Spin());
        Assert.Equal((503, "1"), ((int)late.StatusCode, late.Headers.GetValues("Retry-After").Single()));
    }

    private static HttpFixture Serve(SupervisorRig rig)
    {
        RequestBodies bodies = new(new ByteBudget(64 << 20), 32 << 20);
        return new HttpFixture(routes: [.. new WorkflowRoutes(rig.Supervisor, bodies).All()]);
    }

    private static HttpResponseMessage Put(HttpFixture http, string path, byte[] body) => http.Client.Send(
        new HttpRequestMessage(HttpMethod.Put, $"{Root}/{path}") { Content = new ByteArrayContent(body) });

    private static JsonElement Data(HttpResponseMessage answer)
    {
        string text = HttpFixture.Text(answer);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(Encoding.UTF8.GetBytes(text)).RootElement.GetProperty("data");
    }

    private static (int Status, string? Error) Error(HttpResponseMessage answer) =>
        ((int)answer.StatusCode, HttpFixture.Json(answer).GetProperty("error").GetString());
}
