using System;
using System.Collections.Generic;
using System.Text;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Ingest.Security;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Influx;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Http;

/// <summary>`POST /write` (InfluxDB 1.x) and `POST /api/v2/write`: line protocol; `/ping`. Databases, organizations,
/// buckets, retention policies and consistency are taken and mean nothing here.</summary>
/// <param name="sink">Takes the points.</param>
/// <param name="intake">Of all doors.</param>
/// <param name="bodies">Of all doors.</param>
/// <param name="cacheBudget">Pays for what the decoders remember.</param>
/// <param name="isTextKept">False: fields with texts are left out.</param>
/// <param name="clock">For lines without a timestamp.</param>
internal sealed class InfluxRoutes(IEventSink sink, Intake intake, RequestBodies bodies, ByteBudget cacheBudget,
    bool isTextKept, TimeProvider clock)
{
    private readonly Pool<Desk> _desks = new();

    public ProtocolCounters Counters { get; } = new();

    public IEnumerable<HttpRoute> All() =>
    [
        new HttpRoute("/write") { Post = context => Write(context, is2: false), Error = InfluxAnswer.Error1 },
        new HttpRoute("/api/v2/write") { Post = context => Write(context, is2: true), Error = InfluxAnswer.Error2 },
        new HttpRoute("/ping") { Get = Ping, Post = Ping, Needs = TokenScope.None },
    ];

    private static Task Ping(HttpContext context)
    {
        string? verbose = RequestParameters.OfUrl(context.Request)["verbose"];
        return verbose is null or "" or "0" or "false" ? InfluxAnswer.Done(context)
            : InfluxAnswer.Send(context, StatusCodes.Status200OK,
                static json => json.WriteString("version"u8, InfluxAnswer.Version));
    }

    private async Task Write(HttpContext context, bool is2)
    {
        ErrorAnswer error = is2 ? InfluxAnswer.Error2 : InfluxAnswer.Error1;
        string? unit = RequestParameters.OfUrl(context.Request)["precision"];
        if (!await intake.TryEnter(context, error)) return;
        if (!LineTimes.TryParse(unit, sink.Precision, out LineTimes times))
        {
            const string expected = "invalid precision: expected ns, us, ms, s, m or h";
            await error(context, StatusCodes.Status400BadRequest, expected);
            return;
        }
        NativeBufferWriter body;
        try { body = await bodies.ReadAsync(context.Request, isSnappyAssumed: false, context.RequestAborted); }
        catch (BadHttpRequestException e)
        {
            if (e.StatusCode == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "1";
            await error(context, e.StatusCode, e.Message);
            return;
        }
        Desk desk = _desks.TryRent() ?? new Desk(sink, cacheBudget, isTextKept);
        try
        {
            desk.Sink.Token = context.Features.Get<AccessToken>();
            LineProtocolDecoder decoder = desk.Decoder;
            try { decoder.Decode(body.WrittenSpan, times, times.Now(clock)); }
            finally { bodies.Return(body); }
            if (decoder.Malformed > 0) lock (Counters) Counters.Malformed += decoder.Malformed;
            LineRows rows = decoder.Rows;
            if (await intake.TryKeep(context, rows.Count, rows.Refusals, rows.Commit, Counters, error))
                await Answer(context, decoder, is2);
        }
        finally
        {
            if (!_desks.Return(desk)) desk.Dispose();
        }
    }

    private static Task Answer(HttpContext context, LineProtocolDecoder decoder, bool is2)
    {
        RefusalLog refusals = decoder.Rows.Refusals;
        if (decoder.Malformed == 0 && refusals.Points == 0) return InfluxAnswer.Done(context);
        string error = Describe(decoder);
        long line = decoder.ProblemLine == 0 ? decoder.Rows.FirstRefusedLine : decoder.ProblemLine;
        return is2 ? InfluxAnswer.Error2(context, StatusCodes.Status400BadRequest, error, line)
            : InfluxAnswer.Error1(context, StatusCodes.Status400BadRequest, error);
    }

    /// <summary>In the words that senders look for to know that sending the same again is of no use.</summary>
    private static string Describe(LineProtocolDecoder decoder)
    {
        LineRows rows = decoder.Rows;
        StringBuilder text = new();
        bool isPartial = rows.Count > 0;
        if (isPartial) text.Append("partial write: ");
        text.AppendJoin('\n', decoder.Problems);
        if (rows.Refusals.Points > 0)
        {
            RefusalCode code = rows.Refusals.Runs[0].Code;
            string why = Intake.Why(code);
            if (decoder.Problems.Count > 0) text.Append('\n');
            text.Append($"line {rows.FirstRefusedLine}: {InfluxName(code)}{why}");
        }
        text.Append($" dropped={decoder.Malformed + rows.Refusals.Points}");
        return text.ToString();
    }

    /// <summary>InfluxDB's name for it.</summary>
    private static string InfluxName(RefusalCode code) => code switch
    {
        RefusalCode.ValueFamily => "field type conflict: ",
        RefusalCode.TooOld or RefusalCode.TooNew => "points beyond retention policy: ",
        RefusalCode.SeriesLimit => "max-series-per-database limit exceeded: ",
        _ => "",
    };

    private sealed class Desk(IEventSink sink, ByteBudget cacheBudget, bool isTextKept) : IDisposable
    {
        private readonly LineCache _cache = new(cacheBudget, SystemRandom.NextUInt64());
        private LineProtocolDecoder? _decoder;

        public TokenSink Sink { get; } = new(sink);

        public LineProtocolDecoder Decoder => _decoder ??= new LineProtocolDecoder(Sink, _cache, isTextKept);

        public void Dispose() => _cache.Dispose();
    }
}
