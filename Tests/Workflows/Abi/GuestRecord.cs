using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Series;
using Slungd.Workflows.Abi;

namespace Slungd.Tests.Workflows.Abi;

/// <summary>A host that writes down what a guest wants, and answers what the test says.</summary>
internal sealed class GuestRecord : IGuestHost
{
    public List<string> Said { get; } = [];

    public Queue<string> Events { get; } = new();

    public byte[]? HttpAnswer { get; set; }

    public bool Takes { get; set; } = true;

    public string Name => "guest";

    public IReadOnlyList<string> Environment { get; set; } = [];

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public bool IsEnding { get; set; }

    public TimeSpan Slept { get; private set; }

    public Action<TimeSpan>? OnSleep { get; set; }

    public long QueryLive(string query)
    {
        Said.Add("live " + query);
        return Takes ? 5_000_000_007 : 0;
    }

    public string? LastError { get; set; }

    public bool TryQueryHistory(string query, out double value, out long count)
    {
        Said.Add("history " + query);
        (value, count) = (42.5, 7);
        if (!Takes) LastError = "no such history";
        return Takes;
    }

    public bool TryPoll(long handle, IBufferWriter<byte> json, bool isFirst)
    {
        if (isFirst) Said.Add($"poll {handle}");
        if (!Events.TryDequeue(out string? text)) return false;
        json.Write(Encoding.UTF8.GetBytes(text));
        return true;
    }

    public bool Free(long handle)
    {
        Said.Add($"free {handle}");
        return Takes;
    }

    public bool Write(long timestamp, double value, ReadOnlySpan<byte> tags)
    {
        List<string> list = [];
        EventTags each = new(tags);
        while (each.MoveNext()) list.Add(Encoding.UTF8.GetString(each.Current));
        string series = Encoding.UTF8.GetString(EventTags.SeriesOf(tags));
        Said.Add(FormattableString.Invariant($"write {timestamp} {value} {series} [{string.Join('|', list)}]"));
        return Takes;
    }

    public void RefuseWrite(string why) => LastError = why;

    public int Write(EventRows rows)
    {
        while (rows.MoveNext())
        {
            List<string> tags = [];
            foreach (ReadOnlySpan<byte> tag in WireKey.TagsOf(rows.Key)) tags.Add(Encoding.UTF8.GetString(tag));
            string series = Encoding.UTF8.GetString(WireKey.NameOf(rows.Key));
            Said.Add(FormattableString.Invariant(
                $"write {rows.Timestamp} {rows.Value} {series} [{string.Join('|', tags)}]"));
        }
        return Takes ? rows.Count : 0;
    }

    public bool SendText(ulong producer, ReadOnlySpan<byte> text)
    {
        Said.Add($"send {producer} {Encoding.UTF8.GetString(text)}");
        return Takes;
    }

    public byte[]? CallHttp(string url, ReadOnlySpan<byte> body, string method)
    {
        Said.Add($"{method} {url} {Encoding.UTF8.GetString(body)}");
        return HttpAnswer;
    }

    public void RefuseHttp(string why) => LastError = why;

    public void Print(int stream, ReadOnlySpan<byte> bytes) => Said.Add($"{stream}: {Encoding.UTF8.GetString(bytes)}");

    public void Sleep(TimeSpan duration)
    {
        Slept += duration;
        OnSleep?.Invoke(duration);
    }
}
