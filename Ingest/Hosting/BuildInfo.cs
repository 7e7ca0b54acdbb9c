using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Hosting;

/// <summary>What this executable is, for --version, the log and the metrics.</summary>
internal static class BuildInfo
{
    /// <summary>Such as `0.1.0`.</summary>
    public static string Version { get; }

    /// <summary>The commit it was built from; `unknown` outside a repository.</summary>
    public static string Commit { get; }

    static BuildInfo()
    {
        string text = typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0.0.0";
        int plus = text.IndexOf('+');
        Version = plus < 0 ? text : text[..plus];
        Commit = plus < 0 ? "unknown" : text[(plus + 1)..];
    }

    /// <summary>The widest instruction set this build may use on this processor.</summary>
    public static string InstructionSet =>
        Avx512F.IsSupported && Vector512.IsHardwareAccelerated ? "AVX-512"
        : Avx2.IsSupported ? "AVX2"
        : Sse42.IsSupported ? "SSE4.2"
        : AdvSimd.IsSupported ? "AdvSimd"
        : "none";

    /// <summary>The answer of `slungd --version`.</summary>
    public static string Describe() => $"""
        slungd {Version}
        commit: {Commit}
        runtime: {RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}
        instruction set: {InstructionSet}
        kernels: {Kernels.Name}
        """.ReplaceLineEndings("\n");
}
