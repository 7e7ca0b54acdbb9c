using System;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace Slungd.Native.Simd;

/// <summary>Which variant runs: the widest one that this build and this CPU have, or the one that the environment
/// variable SLUNGD_KERNEL names (scalar, 128, 256, 512, advsimd).</summary>
internal static class KernelChoice
{
    public const string Variable = "SLUNGD_KERNEL";

    /// <summary>All names, widest first.</summary>
    public static ReadOnlySpan<string> Names => s_names;

    private static readonly string[] s_names = ["512", "256", "advsimd", "128", "scalar"];

    /// <summary>The variant of that name; null with a reason when it is unknown, or this CPU or build lacks it. Native
    /// code is built for one instruction set, so a wider one than that is missing even where the CPU has it.</summary>
    public static KernelSet? Find(string name, out string? reason)
    {
        reason = null;
        switch (name)
        {
            case "512" when Vector512.IsHardwareAccelerated:
                return new LaneKernels<Lanes512, Vector512<double>, Vector512<long>>();
            case "256" when Vector256.IsHardwareAccelerated:
                return new LaneKernels<Lanes256, Vector256<double>, Vector256<long>>();
            case "advsimd" when AdvSimd.Arm64.IsSupported:
                return new LaneKernels<LanesAdvSimd, Vector128<double>, Vector128<long>>();
            case "128" when Vector128.IsHardwareAccelerated:
                return new LaneKernels<Lanes128, Vector128<double>, Vector128<long>>();
            case "scalar":
                return new ScalarKernels();
        }
        reason = Array.IndexOf(s_names, name) < 0
            ? $"'{name}' is no kernel: expected scalar, 128, 256, 512 or advsimd"
            : $"this CPU or this build has no '{name}' kernels";
        return null;
    }

    /// <summary>The variant that <paramref name="wanted"/> names, else the widest at hand; the reason says why it is
    /// not the wanted one.</summary>
    public static KernelSet Choose(string? wanted, out string? reason)
    {
        reason = null;
        if (!string.IsNullOrEmpty(wanted) && Find(wanted.ToLowerInvariant(), out reason) is { } found) return found;
        foreach (string name in s_names)
        {
            if (Find(name, out _) is not { } widest) continue;
            if (reason is not null) reason = $"{Variable}: {reason}; running '{name}'";
            return widest;
        }
        return new ScalarKernels();
    }
}
