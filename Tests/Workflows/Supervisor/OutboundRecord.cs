using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using Slungd.Workflows.Supervisor;

namespace Slungd.Tests.Workflows.Supervisor;

/// <summary>Keeps what would leave the daemon.</summary>
internal sealed class OutboundRecord : IOutbound
{
    private readonly ConcurrentQueue<(ulong Producer, string Text)> _sent = new();

    public List<string> Called { get; } = [];

    public (ulong Producer, string Text)[] Sent => _sent.ToArray();

    public string[] SentTo(ulong producer) => [.. Sent.Where(s => s.Producer == producer).Select(s => s.Text)];

    /// <summary>Calls get no answer, and end when they are cancelled.</summary>
    public bool IsSilent { get; set; }

    public bool TrySendText(ulong producer, ReadOnlySpan<byte> utf8)
    {
        _sent.Enqueue((producer, Encoding.UTF8.GetString(utf8)));
        return true;
    }

    public byte[]? Call(Uri url, string method, byte[] body, CancellationToken cancellation, out string? error)
    {
        error = null;
        lock (Called) Called.Add($"{method} {url} {Encoding.UTF8.GetString(body)}");
        if (IsSilent)
        {
            cancellation.WaitHandle.WaitOne();
            error = "no answer in time";
            return null;
        }
        return "answer"u8.ToArray();
    }
}
