using System;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Workflows of a running daemon, over HTTP.</summary>
internal static class WorkflowApi
{
    private const string Root = "/api/v1/workflows";

    public static async Task<JsonElement[]> All(Daemon daemon) =>
        [.. (await Data(await daemon.Get(Root))).GetProperty("workflows").EnumerateArray()];

    public static async Task<JsonElement> One(Daemon daemon, string name) =>
        await Data(await daemon.Get($"{Root}/{name}"));

    public static async Task<string> State(Daemon daemon, string name) =>
        (await One(daemon, name)).GetProperty("state").GetString()!;

    public static async Task<long> Counter(Daemon daemon, string name, string counter) =>
        (await One(daemon, name)).GetProperty("counters").GetProperty(counter).GetInt64();

    public static Task Put(Daemon daemon, string name, byte[] module) => Change(daemon, HttpMethod.Put, name, module);

    public static Task Configure(Daemon daemon, string name, string json) =>
        Change(daemon, HttpMethod.Put, $"{name}/config", System.Text.Encoding.UTF8.GetBytes(json));

    public static Task Restart(Daemon daemon, string name) => Change(daemon, HttpMethod.Post, $"{name}/restart", []);

    /// <summary>The last lines that a workflow printed, or that were said about it.</summary>
    public static async Task<string[]> Lines(Daemon daemon, string name) =>
        [.. (await Data(await daemon.Get($"{Root}/{name}/logs?limit=1000"))).GetProperty("lines").EnumerateArray()
            .Select(static line => line.GetProperty("text").GetString()!)];

    public static Task UntilState(Daemon daemon, string name, string state) =>
        Patience.Until($"{name} {state}", () => State(daemon, name), s => s == state);

    /// <summary>Until so many live queries of it have begun.</summary>
    public static Task UntilListening(Daemon daemon, string name, int queries = 1) =>
        Patience.Until($"{name} listening", () => One(daemon, name),
            one => one.GetProperty("live_queries").GetInt32() == queries);

    private static async Task Change(Daemon daemon, HttpMethod method, string path, byte[] body)
    {
        using var request = new HttpRequestMessage(method, $"http://{daemon.HttpAddress}{Root}/{path}")
        {
            Content = new ByteArrayContent(body),
        };
        using HttpResponseMessage answer = await daemon.Send(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> Data(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("data");
    }
}
