using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Options;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting;

/// <summary>A whole daemon in this process, on ephemeral ports and a directory of its own.</summary>
internal sealed class CompositionFixture : IDisposable
{
    private readonly bool _ownsDirectory;
    private Composition? _daemon;

    public CompositionFixture(string? directory = null, bool http = false, int port = 0)
    {
        _ownsDirectory = directory is null;
        DataDirectory = directory ?? Directory.CreateTempSubdirectory("slungd-daemon-").FullName;
        _daemon = Build(DataDirectory, $"127.0.0.1:{port}", http ? "127.0.0.1:0" : "off");
        _daemon.Start();
        Address = _daemon.SocketAddress;
    }

    public string DataDirectory { get; }

    public IPEndPoint Address { get; }

    public Composition Daemon => _daemon!;

    /// <summary>A daemon that was not started.</summary>
    public static Composition Build(string directory, string listen, string http,
        params (string Option, string Text)[] others)
    {
        List<string> errors = [];
        Dictionary<string, string> given = new()
        {
            ["listen"] = listen, ["http"] = http, ["data"] = directory,
            ["memory"] = "64M", ["threads"] = "1", ["min-free-disk"] = "0",
        };
        foreach ((string option, string text) in others) given[option] = text;
        ServeOptions options = OptionReader.Read(spec => given.TryGetValue(spec.Name, out string? text) ? [text] : null,
            new System.Collections.Hashtable(), directory, errors);
        Assert.Empty(errors);
        return new Composition(options, NullLoggerFactory.Instance, TimeProvider.System);
    }

    /// <summary>Waits until points are taken.</summary>
    public CompositionFixture Ready()
    {
        HttpTests.WaitFor(() => Ask(Address, "/ready").Status == 200);
        return this;
    }

    /// <summary>The body of a GET on port 2077.</summary>
    public string Get(string target) => Ask(Address, target).Body;

    /// <summary>A GET's answer.</summary>
    public static (int Status, string Body) Ask(IPEndPoint address, string target)
    {
        using HttpExchange answer = HttpExchange.Get(address, target, new AnswerPatience(Patience.Limit));
        return (answer.Status, answer.ReadText());
    }

    public bool Stop()
    {
        bool kept = _daemon!.Stop();
        _daemon.Dispose();
        _daemon = null;
        return kept;
    }

    public void Dispose()
    {
        if (_daemon is not null) Stop();
        if (_ownsDirectory) Directory.Delete(DataDirectory, true);
    }
}
