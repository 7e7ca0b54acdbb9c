using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>Debug only: which slabs are out, poison in those that come back, and the report of those that never do.
/// </summary>
internal sealed unsafe partial class Arena
{
    private const int MaxReportedLeaks = 10;
    private const byte PoisonByte = 0xDD;

#if DEBUG
    private readonly Dictionary<nint, int> _live = [];
#endif

    /// <summary>A text that names the slabs still out, or null when there are none. Always null in Release.</summary>
    public string? DescribeLeaks()
    {
#if DEBUG
        lock (_lock)
        {
            if (_live.Count == 0) return null;
            var text = new StringBuilder($"arena: {_live.Count} slabs were never freed:");
            int shown = 0;
            foreach ((nint slab, int bytes) in _live)
            {
                if (shown++ == MaxReportedLeaks) break;
                text.Append($" {bytes >> 10} KiB at offset {(byte*)slab - _base:x};");
            }
            return text.ToString();
        }
#else
        return null;
#endif
    }

    [Conditional("DEBUG")]
    private void Remember(byte* slab, int bytes)
    {
#if DEBUG
        _live.Add((nint)slab, bytes);
#endif
    }

    [Conditional("DEBUG")]
    private void Forget(byte* slab, int bytes)
    {
#if DEBUG
        Invariant.Check(_live.Remove((nint)slab, out int held) && held == bytes);
        Unsafe.InitBlock(slab, PoisonByte, (uint)bytes);
#endif
    }

    [Conditional("DEBUG")]
    private void ReportLeaks()
    {
        if (DescribeLeaks() is { } report) Console.Error.WriteLine(report);
    }
}
