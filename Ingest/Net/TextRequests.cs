using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Query;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Protocols.SlungV2;

namespace Slungd.Ingest.Net;

/// <summary>The queries and subscriptions of one connection. Queries run at the <see cref="QueryDesk"/>; live messages
/// are taken from the hub's bounded queues only as fast as the peer reads.</summary>
internal sealed class TextRequests(Connection connection, SocketLoop loop, bool mayRead) : IDisposable
{
    private readonly record struct Live(long Id, LiveSubscription Subscription);

    private const int MessagesPerRound = 64;

    private readonly List<Live> _live = [];
    private readonly SharedCount _queries = new();
    private CancellationTokenSource? _cancellation;

    /// <summary>Takes one message of valid UTF-8.</summary>
    public void Take(ReadOnlySpan<byte> message)
    {
        loop.Counters.TextRequests++;
        TextRequest request = TextRequestParser.Parse(message);
        if (!mayRead && request.Kind is (TextRequestKind.Query or TextRequestKind.Subscribe))
        {
            SendError(request.Id, "expected a token with the scope read", null);
            return;
        }
        switch (request.Kind)
        {
            case TextRequestKind.Query:
                Query(request);
                break;
            case TextRequestKind.Subscribe:
                Subscribe(request);
                break;
            case TextRequestKind.Unsubscribe:
                Unsubscribe(request);
                break;
            default:
                SendError(request.Id, request.Error!, request.ErrorAt);
                break;
        }
    }

    /// <summary>Sends what the subscriptions hold, each in turn, until the peer has enough to read.</summary>
    public void SendLive()
    {
        bool isAnyLeft = _live.Count > 0;
        while (isAnyLeft)
        {
            isAnyLeft = false;
            foreach (Live live in _live)
            {
                for (int i = 0; i < MessagesPerRound; i++)
                {
                    if (connection.Outbound.Bytes >= loop.Options.OutboundPauseBytes) return; // goes on when drained
                    if (!live.Subscription.TryRead(out LiveMessage message)) break;
                    loop.Scratch.ResetWrittenCount();
                    LiveJson.Write(loop.Scratch, live.Id, live.Subscription.Query, in message);
                    SendScratch();
                    isAnyLeft |= i == MessagesPerRound - 1;
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (Live live in _live) loop.Services.Live.Unsubscribe(live.Subscription);
        _live.Clear();
        _cancellation?.Cancel();
        _cancellation?.Dispose();
        _cancellation = null;
    }

    private void Query(TextRequest request)
    {
        if (!TryParse(request, out DslQuery? query)) return;
        _cancellation ??= new CancellationTokenSource();
        var job = new QueryJob
        {
            Loop = loop,
            Connection = connection,
            Id = request.Id!.Value,
            Query = query!,
            Options = new QueryOptions
            {
                Limit = request.Limit,
                Cursor = request.Next,
                TimeLimit = loop.Options.Limits.QueryTimeout,
                Cancellation = _cancellation.Token,
            },
            Count = _queries,
        };
        if (_queries.Value >= loop.Options.MaxQueriesPerConnection || !loop.Server.Desk.TryAdd(job))
            SendError(request.Id, "too many queries are waiting: try again later", null);
    }

    private void Subscribe(TextRequest request)
    {
        if (IndexOf(request.Id!.Value) >= 0)
        {
            SendError(request.Id, "expected an id that no other subscription has", null);
            return;
        }
        int most = loop.Options.Limits.MaxSubscriptionsPerConnection;
        if (_live.Count == most)
        {
            SendError(request.Id, $"expected at most {most} subscriptions on one connection", null);
            return;
        }
        if (!TryParse(request, out DslQuery? query)) return;
        Connection subscriber = connection;
        SocketLoop home = loop;
        if (!loop.Services.Live.TrySubscribe(query!, () => home.Signal(subscriber), out LiveSubscription? subscription,
            out QueryParseError error))
        {
            SendError(request.Id, error.Message, error.Place);
            return;
        }
        _live.Add(new Live(request.Id.Value, subscription!));
        loop.Scratch.ResetWrittenCount();
        loop.Scratch.Write("{\"id\":"u8);
        JsonText.WriteNumber(loop.Scratch, request.Id.Value);
        loop.Scratch.Write(",\"subscribed\":true}"u8);
        SendScratch();
    }

    private void Unsubscribe(TextRequest request)
    {
        int index = IndexOf(request.Id!.Value);
        if (index < 0)
        {
            SendError(request.Id, "expected the id of a subscription", null);
            return;
        }
        loop.Services.Live.Unsubscribe(_live[index].Subscription);
        _live.RemoveAt(index);
    }

    private bool TryParse(TextRequest request, out DslQuery? query)
    {
        if (DslParser.TryParse(request.Query, loop.Sink.Precision, loop.Options.Limits, out query,
            out QueryParseError error)) return true;
        SendError(request.Id, error.Message, error.Place);
        return false;
    }

    private int IndexOf(long id)
    {
        for (int i = 0; i < _live.Count; i++)
        {
            if (_live[i].Id == id) return i;
        }
        return -1;
    }

    private void SendError(long? id, string error, long? at)
    {
        loop.Scratch.ResetWrittenCount();
        JsonFrames.WriteError(loop.Scratch, id, error, at);
        SendScratch();
    }

    private void SendScratch()
    {
        ReadOnlySpan<byte> text = loop.Scratch.WrittenSpan;
        int total = FrameWriter.HeaderBytes(text.Length, masked: false) + text.Length;
        FrameWriter.Write(connection.Outbound.GetSpan(total), Opcode.Text, text);
        connection.Outbound.Advance(total);
    }
}
