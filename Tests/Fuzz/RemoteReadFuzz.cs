using System;
using Slungd.Ingest.Protocols.RemoteRead;
using Slungd.Tests.Ingest.Protocols.Protobuf;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes: a request within its bounds, or an error in words.</summary>
internal static class RemoteReadFuzz
{
    public static readonly byte[][] Seeds =
    [
        new ProtoMessage().Add(1, new ProtoMessage().Number(1, 5).Number(2, 9)
            .Add(3, new ProtoMessage().Number(1, 2).Add(2, "job").Add(3, "a|b"))).Packed(2, 1, 0).Bytes,
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        ReadRequest? request = ReadRequest.TryRead(input, out string error);
        if (request is null && error.Length == 0) throw new InvalidOperationException("refused without a word");
        if (request?.Queries.Count > 100) throw new InvalidOperationException("more queries than allowed");
    }
}
