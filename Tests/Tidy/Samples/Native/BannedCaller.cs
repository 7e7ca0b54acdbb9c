using System;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.Tidy.Samples.Native;

/// <summary>Never run: only its IL is read.</summary>
internal static class BannedCaller
{
    public static object Clock() => (DateTime.UtcNow, Environment.TickCount64);

    public static Task Background() => Task.Run(static () => Thread.Sleep(1));

    public static void Random(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    public static void Collect() => GC.Collect();
}
