using System;
using Microsoft.Extensions.Logging;

namespace Slungd.Ingest;

/// <summary>Every message of the outer edge. An event id, once released, keeps its meaning: people alert on it.
/// 1xxx daemon, 3xxx port 2077, 4xxx HTTP, 5xxx the other doors; 2xxx are the engine's.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "slungd {Version} ({Commit}), process {Process}, kernels {Kernels}")]
    public static partial void Starting(ILogger logger, string version, string commit, int process, string kernels);

    [LoggerMessage(1001, LogLevel.Information, "memory {Limit} MiB ({Source}): arena {Arena} MiB, managed {Heap} MiB")]
    public static partial void MemoryShares(ILogger logger, long limit, string source, long arena, long heap);

    [LoggerMessage(1002, LogLevel.Warning, "{Warning}")]
    public static partial void OptionWarning(ILogger logger, string warning);

    [LoggerMessage(1003, LogLevel.Information, "{Signal}: shutting down; a second signal ends at once")]
    public static partial void ShuttingDown(ILogger logger, string signal);

    [LoggerMessage(1004, LogLevel.Information, "stopped after {Milliseconds} ms, everything is on disk")]
    public static partial void Stopped(ILogger logger, long milliseconds);

    [LoggerMessage(1005, LogLevel.Error, "shutdown took over {Seconds} s, ends now: unflushed points may be lost")]
    public static partial void ShutdownTimedOut(ILogger logger, double seconds);

    [LoggerMessage(1006, LogLevel.Critical, "{Reason}")]
    public static partial void Failed(ILogger logger, string reason);

    [LoggerMessage(1007, LogLevel.Error, "{Step} failed at shutdown")]
    public static partial void ShutdownStepFailed(ILogger logger, string step, Exception cause);

    [LoggerMessage(1008, LogLevel.Information, "memory is enough for {Sockets} connections on port 2077, {Http} on "
        + "port 2078, {Live} live queries, and {Samples} samples of a PromQL query")]
    public static partial void MemoryLimits(ILogger logger, int sockets, int http, int live, long samples);

    [LoggerMessage(1009, LogLevel.Warning, "{Files} open files (ulimit -n) are enough for {Sockets} connections on "
        + "port 2077 and {Http} on port 2078")]
    public static partial void FileLimits(ILogger logger, long files, int sockets, int http);

    [LoggerMessage(2100, LogLevel.Warning, "the file {Name} was damaged: it was set aside and begun anew")]
    public static partial void NotesDamaged(ILogger logger, string name);

    [LoggerMessage(2101, LogLevel.Warning, "metadata and exemplars can't be written: {Cause}")]
    public static partial void NotesNotWritten(ILogger logger, string cause);

    [LoggerMessage(3000, LogLevel.Information, "WebSocket door on {Address}")]
    public static partial void WebSocketListening(ILogger logger, string address);

    [LoggerMessage(3001, LogLevel.Warning,
        "{Count} malformed events or blocks were dropped, the last ones from producer {Producer}; expected "
        + "[i64 timestamp][f64 value][u16 series_len][u16 tag_count][series][tags], see docs/wire-protocol.md")]
    public static partial void MalformedEvents(ILogger logger, long count, ulong producer);

    [LoggerMessage(3002, LogLevel.Error, "a connection was dropped because its points or replies failed")]
    public static partial void ConnectionFailed(ILogger logger, Exception cause);

    [LoggerMessage(3003, LogLevel.Warning, "{Count} connections could not be accepted: {Error}")]
    public static partial void AcceptFailed(ILogger logger, long count, System.Net.Sockets.SocketError error);

    [LoggerMessage(3004, LogLevel.Error, "a query of a WebSocket client failed")]
    public static partial void QueryFailed(ILogger logger, Exception cause);

    [LoggerMessage(3100, LogLevel.Warning, "no token stands in {Path}: nobody may do anything")]
    public static partial void NoTokens(ILogger logger, string path);

    [LoggerMessage(3101, LogLevel.Information, "{Count} tokens are in force, from {Path}")]
    public static partial void TokensRead(ILogger logger, int count, string path);

    [LoggerMessage(3102, LogLevel.Error, "the tokens of before stay in force: {Reason}")]
    public static partial void TokensNotRead(ILogger logger, string reason);

    [LoggerMessage(3103, LogLevel.Warning, "{Count} requests or connections without the right token were turned away, "
        + "the last from {Peer}: {Why}")]
    public static partial void Denied(ILogger logger, long count, string peer, string why);

    [LoggerMessage(3104, LogLevel.Information, "the certificate of {Subject} is in force, good until {End:u}")]
    public static partial void CertificateRead(ILogger logger, string subject, DateTime end);

    [LoggerMessage(3105, LogLevel.Error, "the certificate of before stays in force: {Reason}")]
    public static partial void CertificateNotRead(ILogger logger, string reason);

    [LoggerMessage(3106, LogLevel.Warning, "{Path} can be read or changed by others (mode {Mode}): expected 0600, or "
        + "0640 and a group that holds nobody else")]
    public static partial void SecretOfOthers(ILogger logger, string path, string mode);

    [LoggerMessage(3107, LogLevel.Warning, "{Count} TLS handshakes failed, the last with {Peer}: {Why}")]
    public static partial void HandshakesFailed(ILogger logger, long count, string peer, string why);

    [LoggerMessage(3110, LogLevel.Information, "audit: {Who} from {Peer}: {Method} {Target} -> {Status}")]
    public static partial void Audit(ILogger logger, string who, string peer, string method, string target, int status);

    [LoggerMessage(3111, LogLevel.Information, "audit: {Who} from {Peer}: {Method} {Target} -> {Status}, the last of "
        + "{Count} refused")]
    public static partial void AuditRefused(ILogger logger, string who, string peer, string method, string target,
        int status, long count);

    [LoggerMessage(4000, LogLevel.Information, "HTTP door on {Address}, with the page at {Scheme}://{Address}/")]
    public static partial void HttpListening(ILogger logger, string address, string scheme);

    [LoggerMessage(4002, LogLevel.Information, "OTLP door for gRPC on {Address}")]
    public static partial void GrpcListening(ILogger logger, string address);

    [LoggerMessage(4100, LogLevel.Information, "Graphite door on {Address}")]
    public static partial void GraphiteListening(ILogger logger, string address);

    [LoggerMessage(4101, LogLevel.Warning, "{Count} Graphite lines or pickles could not be read, the last: {Last}")]
    public static partial void GraphiteMalformed(ILogger logger, long count, string last);

    [LoggerMessage(4110, LogLevel.Information, "StatsD door on {Address}")]
    public static partial void StatsdListening(ILogger logger, string address);

    [LoggerMessage(4111, LogLevel.Warning, "{Count} StatsD lines or values could not be read, for example: {Example}")]
    public static partial void StatsdMalformed(ILogger logger, long count, string example);

    [LoggerMessage(4112, LogLevel.Error, "StatsD's last interval is lost: {Reason}")]
    public static partial void StatsdLost(ILogger logger, string reason);

    [LoggerMessage(4001, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void RequestFailed(ILogger logger, string method, string path, Exception cause);
}
