using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Calls of OTLP's Export over gRPC, framed by hand, each on a connection of its own.</summary>
internal static class GrpcCalls
{
    private const string Method = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

    /// <summary>`grpc-status` of a call.</summary>
    public static async Task<string> Status(IPEndPoint address, byte[] message, string? coding) =>
        (await Answer(address, message, coding)).Split(' ')[0];

    /// <summary>`grpc-status grpc-message` of a call, and what it answered in hexadecimal.</summary>
    /// <param name="address">Where.</param>
    /// <param name="message">As it goes over the wire.</param>
    /// <param name="coding">How it is packed; null: not at all.</param>
    /// <param name="header">A field, such as `authorization`, and its value.</param>
    public static async Task<string> Answer(IPEndPoint address, byte[] message, string? coding,
        (string Name, string Value)? header = null)
    {
        using HttpClient client = new() { Timeout = Patience.Limit };
        byte[] frame = [(byte)(coding is null ? 0 : 1), 0, 0, 0, 0, .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        using HttpRequestMessage request = new(HttpMethod.Post, $"http://{address}{Method}")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        if (coding is not null) request.Headers.Add("grpc-encoding", coding);
        if (header is { } field) request.Headers.Add(field.Name, field.Value);
        using HttpResponseMessage answer = await client.SendAsync(request);
        byte[] body = await answer.Content.ReadAsByteArrayAsync();
        string Said(string name) => answer.TrailingHeaders.TryGetValues(name, out IEnumerable<string>? values)
            || answer.Headers.TryGetValues(name, out values) ? values.Single() : "";
        return $"{Said("grpc-status")} {Said("grpc-message")} {Convert.ToHexString(body)}";
    }
}
