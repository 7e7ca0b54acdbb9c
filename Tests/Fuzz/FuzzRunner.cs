using System;
using System.Diagnostics;

namespace Slungd.Tests.Fuzz;

/// <summary>A target's fault: the input that shows it, and the seed and round that make it again.</summary>
internal sealed record FuzzFault(string Target, ulong Seed, long Round, byte[] Input, Exception Cause);

/// <summary>Runs a target on seeded random and mutated inputs. The same seed gives the same inputs on every
/// machine.</summary>
internal static class FuzzRunner
{
    /// <summary>The longest input: enough for every format's nested lengths, small enough for many rounds a
    /// second.</summary>
    public const int MaxInputBytes = 4096;

    /// <summary>The first fault within <paramref name="rounds"/> inputs, or null.</summary>
    public static FuzzFault? Run(FuzzTarget target, ulong seed, long rounds)
    {
        var inputs = new FuzzInputs(target.Seeds, seed);
        for (long round = 0; round < rounds; round++)
        {
            if (Try(target, inputs, seed, round) is { } fault) return fault;
        }
        return null;
    }

    /// <summary>The first fault within <paramref name="duration"/>, or null with the number of rounds.</summary>
    public static FuzzFault? RunFor(FuzzTarget target, ulong seed, TimeSpan duration, out long rounds)
    {
        var inputs = new FuzzInputs(target.Seeds, seed);
        long start = Stopwatch.GetTimestamp();
        for (rounds = 0; Stopwatch.GetElapsedTime(start) < duration; rounds++)
        {
            if (Try(target, inputs, seed, rounds) is { } fault) return fault;
        }
        return null;
    }

    private static FuzzFault? Try(FuzzTarget target, FuzzInputs inputs, ulong seed, long round)
    {
        ReadOnlySpan<byte> input = inputs.Next();
        try
        {
            target.Run(input);
            return null;
        }
        catch (Exception cause) // whatever a target throws is its fault to report
        {
            return new FuzzFault(target.Name, seed, round, input.ToArray(), cause);
        }
    }
}
