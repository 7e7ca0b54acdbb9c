using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.RemoteRead;

/// <summary>A remote read's request (github.com/prometheus/prometheus, prompb/remote.proto):
/// <code>
/// ReadRequest { 1 queries, 2 accepted_response_types: 0 samples, 1 streamed chunks }
/// Query { 1 start_timestamp_ms, 2 end_timestamp_ms, 3 matchers { 1 type: = != =~ !~, 2 name, 3 value }, 4 hints }
/// </code></summary>
internal sealed class ReadRequest
{
    private const int MaxQueries = 100;
    private const int MaxMatchers = 1_000;

    /// <summary>Names and values of matchers take twice their bytes, in the managed heap.</summary>
    public const int MaxBytes = 1 << 20;

    public List<ReadQuery> Queries { get; } = [];

    /// <summary>The client can read chunks. A client that names no type can read only samples.</summary>
    public bool TakesChunks { get; private set; }

    /// <summary>The client can read samples.</summary>
    public bool TakesSamples { get; private set; } = true;

    /// <summary>Reads a request; null with an error when it is none.</summary>
    public static ReadRequest? TryRead(ReadOnlySpan<byte> message, out string error)
    {
        error = message.Length > MaxBytes ? $"expected a remote read message of at most {MaxBytes} bytes"
            : "expected a remote read message";
        if (message.Length > MaxBytes) return null;
        ReadRequest request = new();
        bool namesTypes = false, takesSamples = false;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 1)
            {
                if (!fields.IsBytes || !request.TryAddQuery(fields.Bytes, ref error)) return null;
            }
            else if (fields.Field == 2)
            {
                namesTypes = true;
                takesSamples |= request.TakeTypes(fields);
            }
        }
        if (namesTypes) request.TakesSamples = takesSamples;
        return fields.IsMalformed ? null : request;
    }

    /// <summary>Packed, or one a field; true when samples are among them.</summary>
    private bool TakeTypes(ProtoReader field)
    {
        bool takesSamples = !field.IsBytes && field.Number == 0;
        TakesChunks |= !field.IsBytes && field.Number == 1;
        int at = 0;
        while (at < field.Bytes.Length && Varint.TryRead(field.Bytes, ref at, out ulong type))
        {
            takesSamples |= type == 0;
            TakesChunks |= type == 1;
        }
        return takesSamples;
    }

    private bool TryAddQuery(ReadOnlySpan<byte> message, ref string error)
    {
        if (Queries.Count == MaxQueries)
        {
            error = $"expected at most {MaxQueries} queries";
            return false;
        }
        long start = 0, end = 0;
        List<LabelMatcher> matchers = [];
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 1) start = fields.Int64;
            else if (fields.Field == 2) end = fields.Int64;
            else if (fields.Field == 3)
            {
                if (!fields.IsBytes || !TryReadMatcher(fields.Bytes, matchers, ref error)) return false;
            }
        }
        if (fields.IsMalformed) return false;
        Queries.Add(new ReadQuery(start, end, SeriesSelector.Of(matchers.ToArray())));
        return true;
    }

    private static bool TryReadMatcher(ReadOnlySpan<byte> message, List<LabelMatcher> into, ref string error)
    {
        ulong type = 0;
        string name = "", value = "";
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 1) type = fields.Number;
            else if (fields.Field == 2) name = Encoding.UTF8.GetString(fields.Bytes);
            else if (fields.Field == 3) value = Encoding.UTF8.GetString(fields.Bytes);
        }
        if (fields.IsMalformed) return false;
        if (type > 3 || name.Length == 0 || into.Count == MaxMatchers)
        {
            error = $"expected matchers with a name, of the types 0 to 3, at most {MaxMatchers}";
            return false;
        }
        LabelMatchOp op = type switch
        {
            0 => LabelMatchOp.Equal, 1 => LabelMatchOp.NotEqual, 2 => LabelMatchOp.Regex, _ => LabelMatchOp.NotRegex,
        };
        if (!LabelMatcher.TryCreate(name, op, value, out LabelMatcher? matcher, out string? wrong))
        {
            error = $"the matcher of {name}: {wrong}";
            return false;
        }
        into.Add(matcher!);
        return true;
    }
}
