using System;
using System.Buffers.Text;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>One line, taken apart (github.com/statsd/statsd/blob/master/docs/metric_types.md, and what DogStatsD adds:
/// docs.datadoghq.com/developers/dogstatsd/datagram_shell):
/// <code>
/// name:value[:value...]|type[|@rate][|#tag[,tag...]][|Tseconds][|c:container][|anything else]
/// </code>
/// Other fields are passed over, as its own agent does. Slices of the line, nothing is copied.</summary>
internal ref struct StatsdLine
{
    public const int MaxNameBytes = 1024;
    public const int MaxTagBytes = 4096; // of all tags

    public ReadOnlySpan<byte> Name;
    /// <summary>Separated by colons; a set's member is the whole.</summary>
    public ReadOnlySpan<byte> Values;
    /// <summary>Separated by commas.</summary>
    public ReadOnlySpan<byte> Tags;
    public StatsdKind Kind;
    /// <summary>How many events the line stands for: one, divided by the sample rate.</summary>
    public double Weight;
    /// <summary>Seconds since the epoch; meaningless without <see cref="HasTime"/>.</summary>
    public long Seconds;
    public bool HasTime;

    /// <summary>False when it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out StatsdLine line)
    {
        line = default;
        line.Weight = 1;
        int colon = text.IndexOf((byte)':');
        if (colon is <= 0 or > MaxNameBytes) return false;
        line.Name = text[..colon];
        text = text[(colon + 1)..];
        int bar = text.IndexOf((byte)'|');
        if (bar <= 0) return false;
        line.Values = text[..bar];
        text = text[(bar + 1)..];
        bar = text.IndexOf((byte)'|');
        if (!TryReadKind(bar < 0 ? text : text[..bar], out line.Kind)) return false;
        while (bar >= 0)
        {
            text = text[(bar + 1)..];
            bar = text.IndexOf((byte)'|');
            if (!line.TryTake(bar < 0 ? text : text[..bar])) return false;
        }
        return true;
    }

    private static bool TryReadKind(ReadOnlySpan<byte> text, out StatsdKind kind)
    {
        kind = default;
        if (text.Length == 1)
        {
            switch (text[0])
            {
                case (byte)'c': return true;
                case (byte)'g': kind = StatsdKind.Gauge; return true;
                case (byte)'h' or (byte)'d': kind = StatsdKind.Timer; return true;
                case (byte)'s': kind = StatsdKind.Set; return true;
                default: return false;
            }
        }
        kind = StatsdKind.Timer;
        return text.SequenceEqual("ms"u8);
    }

    private bool TryTake(ReadOnlySpan<byte> field)
    {
        if (field.IsEmpty) return true;
        switch (field[0])
        {
            case (byte)'@':
                bool isRate = NumberText.TryRead(field[1..], out double rate) && rate is > 0 and <= 1;
                Weight = 1 / rate;
                return isRate && double.IsFinite(Weight);
            case (byte)'#':
                Tags = field[1..];
                return Tags.Length <= MaxTagBytes;
            case (byte)'T':
                HasTime = Utf8Parser.TryParse(field[1..], out Seconds, out int used) && used == field.Length - 1;
                return HasTime;
            default:
                return true;
        }
    }
}
