using System;

namespace Slungd.Tests.Fuzz;

/// <summary>A target that must fail: it proves that the fuzzer finds a fault that a mutated seed reaches.</summary>
internal static class CanaryFuzz
{
    public static readonly byte[][] Seeds = ["slungd!"u8.ToArray()];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.StartsWith("slungd"u8) && input.Length > 6 && input[6] != '!')
            throw new InvalidOperationException("the canary sings");
    }
}
