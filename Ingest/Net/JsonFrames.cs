using System;
using System.Buffers;
using System.Text;
using System.Text.Json;
using Slungd.Engine.Query;
using Slungd.Ingest.Framing;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Net;

/// <summary>Text messages to clients, as frames: `{"id":1, ...}`.</summary>
internal static class JsonFrames
{
    private const int FirstBytes = 4096;

    /// <summary>A query's answer or its error. The frame's header is written last, in front of the JSON.</summary>
    /// <exception cref="OutputTooLargeException">The answer is larger than allowed, or the budget is used
    /// up.</exception>
    public static PostedFrames Answer(ByteBudget budget, int maxBytes, long id, QueryResult result)
    {
        using var output = new NativeBufferWriter(budget, FirstBytes, maxBytes);
        output.GetSpan(FrameWriter.MaxHeaderBytes);
        output.Advance(FrameWriter.MaxHeaderBytes);
        using (var json = new Utf8JsonWriter(output, QueryJson.WriterOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("id"u8, id);
            if (result.IsDone) QueryJson.WriteMembers(json, result);
            else json.WriteString("error"u8, result.Error);
            json.WriteEndObject();
        }
        return Frame(output);
    }

    public static PostedFrames Error(ByteBudget budget, long id, string error)
    {
        using var output = new NativeBufferWriter(budget, FirstBytes, int.MaxValue);
        output.GetSpan(FrameWriter.MaxHeaderBytes);
        output.Advance(FrameWriter.MaxHeaderBytes);
        WriteError(output, id, error, null);
        return Frame(output);
    }

    /// <summary>`{"id":1,"error":"...","at":12}`.</summary>
    /// <param name="to">Receives UTF-8.</param>
    /// <param name="id">Null when the request had none that could be read.</param>
    /// <param name="error">What was expected.</param>
    /// <param name="at">Where; null when it is about no place.</param>
    public static void WriteError(IBufferWriter<byte> to, long? id, string error, long? at)
    {
        to.Write("{\"id\":"u8);
        if (id is long number) JsonText.WriteNumber(to, number);
        else to.Write("null"u8);
        to.Write(",\"error\":"u8);
        JsonText.WriteString(to, Encoding.UTF8.GetBytes(error));
        if (at is long place)
        {
            to.Write(",\"at\":"u8);
            JsonText.WriteNumber(to, place);
        }
        to.Write("}"u8);
    }

    /// <summary>Any text message.</summary>
    /// <returns>False when the budget is used up.</returns>
    public static bool TryText(ByteBudget budget, ReadOnlySpan<byte> utf8, out PostedFrames frames)
    {
        frames = default;
        int length = FrameWriter.HeaderBytes(utf8.Length, masked: false) + utf8.Length;
        NativeBlock? block = NativeBlock.TryAllocate(budget, BufferPool.RoundUp(length));
        if (block is null) return false;
        frames = new PostedFrames(block, 0, FrameWriter.Write(block.Span, Opcode.Text, utf8));
        return true;
    }

    private static PostedFrames Frame(NativeBufferWriter output)
    {
        int end = output.WrittenCount;
        int length = end - FrameWriter.MaxHeaderBytes;
        int start = FrameWriter.MaxHeaderBytes - FrameWriter.HeaderBytes(length, masked: false);
        FrameWriter.WriteHeader(output.WrittenSpan[start..], Opcode.Text, length);
        return new PostedFrames(output.Detach(), start, end);
    }
}
