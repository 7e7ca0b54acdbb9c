using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using Xunit;

namespace Slungd.Tests.Fuzz;

public class TargetsTests
{
    [Fact]
    public void EveryFuzzClassIsRegistered()
    {
        IEnumerable<MethodInfo> found = typeof(Targets).Assembly.GetTypes()
            .Where(static t => t.Namespace == typeof(Targets).Namespace &&
                t.Name.EndsWith("Fuzz", StringComparison.Ordinal))
            .Select(static t => t.GetMethod("Run", [typeof(ReadOnlySpan<byte>)])!);
        IEnumerable<MethodInfo> registered = Targets.All.Select(static t => t.Run.Method);
        Assert.Equal(found.Order(ByName).Select(Show), registered.Order(ByName).Select(Show));
    }

    [Fact]
    public void NamesAreDistinct() => Assert.Distinct(Targets.All.Select(static t => t.Name));

    [Fact]
    public void ShortRunsFindNothing() => Assert.All(Targets.All.Where(static t => t.Name != "canary"), static target =>
    {
        FuzzFault? fault = FuzzRunner.Run(target, seed: 1, rounds: 5_000);
        Assert.True(fault is null, fault is null ? "" :
            $"{target.Name}, round {fault.Round}, input {Convert.ToHexString(fault.Input)}: {fault.Cause}");
    });

    [Fact]
    public void CanarySings()
    {
        FuzzFault? fault = FuzzRunner.Run(Targets.All.Single(static t => t.Name == "canary"), seed: 1, rounds: 5_000);
        Assert.NotNull(fault);
    }

    [Fact]
    public void SameSeedSameInputs()
    {
        var one = new FuzzInputs(["seed"u8.ToArray()], 7);
        var two = new FuzzInputs(["seed"u8.ToArray()], 7);
        for (int i = 0; i < 1_000; i++) Assert.True(one.Next().SequenceEqual(two.Next()));
    }

    private static readonly Comparer<MethodInfo> ByName =
        Comparer<MethodInfo>.Create(static (a, b) => string.CompareOrdinal(Show(a), Show(b)));

    private static string Show(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";
}
