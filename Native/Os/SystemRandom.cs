using System;

namespace Slungd.Native.Os;

// Unsafe: the kernel writes into spans that are pinned meanwhile.

/// <summary>The system's generator of random bytes, which nobody can guess. Asked without a file, since there may be no
/// /dev; the framework's RandomNumberGenerator would load OpenSSL.</summary>
internal static unsafe class SystemRandom
{
    public static ulong NextUInt64()
    {
        ulong number = 0;
        Fill(new Span<byte>(&number, sizeof(ulong)));
        return number;
    }

    public static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    public static void Fill(Span<byte> bytes)
    {
        Span<byte> guid = stackalloc byte[16];
        while (!bytes.IsEmpty)
        {
            int got = OperatingSystem.IsLinux() ? Ask(bytes) : 0;
            if (got <= 0) // another system, or a kernel before 3.17
            {
                Guid.NewGuid().TryWriteBytes(guid);
                guid[9..].CopyTo(guid[7..]); // bytes 7 and 8 hold version and variant (RFC 9562, section 5.4)
                got = Math.Min(14, bytes.Length);
                guid[..got].CopyTo(bytes);
            }
            bytes = bytes[got..];
        }
    }

    /// <returns>How many bytes came; a signal may have cut them off.</returns>
    private static int Ask(Span<byte> bytes)
    {
        fixed (byte* start = bytes)
            return (int)SystemCalls.GetRandom(start, bytes.Length, 0);
    }
}
