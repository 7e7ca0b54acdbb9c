using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.Text.Json;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Query;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;
using Slungd.Workflows.Supervisor;

namespace Slungd.Ingest.Http;

/// <summary>Workflows: `GET /api/v1/workflows`; below it `NAME` (GET, PUT with the module as body, DELETE),
/// `NAME/config` (GET, PUT), `NAME/logs?limit=` (GET) and `NAME/restart` (POST).</summary>
internal sealed class WorkflowRoutes(WorkflowSupervisor workflows, RequestBodies bodies)
{
    private const int DefaultLines = 100;

    private const int MaxWaiting = 16;

    // Changes compile and wait for guests: one at a time, so that they never take all threads from others.
    private readonly QueryGate _changes = new(maxRunning: 1, MaxWaiting);
    private readonly HttpRoute _one = new("/api/v1/workflows/*");
    private readonly HttpRoute _config = new("/api/v1/workflows/*/config");
    private readonly HttpRoute _logs = new("/api/v1/workflows/*/logs");
    private readonly HttpRoute _restart = new("/api/v1/workflows/*/restart");

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/api/v1/workflows") { Get = List, NeedsToGet = TokenScope.Read },
        new HttpRoute(_one.Path)
        {
            Get = context => One(context, Name(context, _one)), NeedsToGet = TokenScope.Read,
            Put = Deploy, Delete = Remove,
        },
        new HttpRoute(_config.Path) { Get = Config, Put = Configure },
        new HttpRoute(_logs.Path) { Get = Logs, NeedsToGet = TokenScope.Read },
        new HttpRoute(_restart.Path) { Post = Restart },
    ];

    private static string Name(HttpContext context, HttpRoute route) => route.Capture(context.Request.Path.Value!)!;

    private Task List(HttpContext context) => Send(context, json =>
    {
        json.WriteString("engine"u8, workflows.EngineName);
        json.WriteStartArray("workflows"u8);
        foreach (WorkflowStatus status in workflows.List())
        {
            json.WriteStartObject();
            WorkflowJson.Write(json, status, MaySeeConfig(context));
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private Task One(HttpContext context, string name) => workflows.Status(name) is { } status
        ? Send(context, json => WorkflowJson.Write(json, status, MaySeeConfig(context))) : NoSuch(context, name);

    /// <summary>Secrets stand in it: it is for admins, wherever it is shown.</summary>
    private static bool MaySeeConfig(HttpContext context) =>
        context.Features.Get<AccessToken>()?.May(TokenScope.Admin) != false; // without tokens there is none

    private async Task Deploy(HttpContext context)
    {
        string name = Name(context, _one);
        NativeBufferWriter body = await bodies.ReadAsync(context.Request, false, context.RequestAborted);
        try { await Change(context, name, () => workflows.Deploy(name, body.WrittenSpan)); }
        finally { bodies.Return(body); }
    }

    private async Task Configure(HttpContext context)
    {
        string name = Name(context, _config);
        NativeBufferWriter body = await bodies.ReadAsync(context.Request, false, context.RequestAborted);
        byte[] json;
        try { json = body.WrittenSpan.ToArray(); }
        finally { bodies.Return(body); }
        await Change(context, name, () => workflows.Configure(name, json));
    }

    private Task Config(HttpContext context)
    {
        string name = Name(context, _config);
        if (workflows.Status(name) is not { } status) return NoSuch(context, name);
        return Send(context, json =>
        {
            json.WritePropertyName("config"u8);
            status.Config.Write(json);
        });
    }

    private Task Remove(HttpContext context)
    {
        string name = Name(context, _one);
        return Change(context, name, () => workflows.Remove(name));
    }

    private Task Restart(HttpContext context)
    {
        string name = Name(context, _restart);
        return Change(context, name, () => workflows.Restart(name));
    }

    private Task Logs(HttpContext context)
    {
        string name = Name(context, _logs);
        int limit = DefaultLines;
        string? text = RequestParameters.OfUrl(context.Request)["limit"];
        if (text is not null && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit))
            return JsonAnswer.Error(context, StatusCodes.Status400BadRequest, "expected a number of lines as limit");
        if (workflows.Logs(name, limit) is not { } lines) return NoSuch(context, name);
        return Send(context, json =>
        {
            json.WriteStartArray("lines"u8);
            foreach (LogLine line in lines) WorkflowJson.Write(json, line);
            json.WriteEndArray();
        });
    }

    private async Task Change(HttpContext context, string name, Func<DeployAnswer> change)
    {
        if (!await _changes.TryEnter(context.RequestAborted))
        {
            context.Response.Headers.RetryAfter = "1";
            await JsonAnswer.Error(context, StatusCodes.Status429TooManyRequests, "too many changes at once");
            return;
        }
        DeployAnswer answer;
        try { answer = change(); }
        finally { _changes.Leave(); }
        await Answer(context, name, answer);
    }

    /// <summary>The workflow as it is now, nothing when it is gone, or the error.</summary>
    private Task Answer(HttpContext context, string name, DeployAnswer answer)
    {
        if (answer.IsDone)
        {
            if (workflows.Status(name) is { } status)
                return Send(context, json => WorkflowJson.Write(json, status, MaySeeConfig(context)));
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        if (answer.Refusal == DeployRefusal.NotNow) context.Response.Headers.RetryAfter = "1";
        return JsonAnswer.Error(context, answer.Refusal switch
        {
            DeployRefusal.Unknown => StatusCodes.Status404NotFound,
            DeployRefusal.TooMany => StatusCodes.Status422UnprocessableEntity,
            DeployRefusal.NotNow => StatusCodes.Status503ServiceUnavailable,
            DeployRefusal.Disk => StatusCodes.Status507InsufficientStorage,
            _ => StatusCodes.Status400BadRequest,
        }, answer.Error);
    }

    private static Task NoSuch(HttpContext context, string name) =>
        JsonAnswer.Error(context, StatusCodes.Status404NotFound, $"there is no workflow \"{name}\"");

    private static Task Send(HttpContext context, Action<Utf8JsonWriter> members)
    {
        ArrayBufferWriter<byte> body = new(1024);
        using (Utf8JsonWriter json = new(body, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteString("status"u8, "success"u8);
            json.WriteStartObject("data"u8);
            members(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return JsonAnswer.Send(context, StatusCodes.Status200OK, JsonAnswer.ContentType, body.WrittenMemory);
    }
}
