using System;
using System.Collections.Generic;

namespace Slungd.Tests.Tidy.Samples.Native;

// One forbidden import per type, each through another door, most without a `using`: siblings are reached without.

internal static class HiddenImports;

internal sealed class ByBaseType : Engine.Upper;

internal sealed class ByField
{
    public Engine.Upper? Field { get; set; }
}

internal abstract class ByParameter
{
    public abstract void F(Engine.Upper?[] upper);
}

internal sealed class ByGenericArgument
{
    public Dictionary<int, List<Engine.Upper>>? Field { get; set; }
}

internal static class ByCall
{
    public static int F() => Engine.Upper.Count;
}

internal static class ByGenericCall
{
    public static object F() => Array.Empty<Engine.Upper>();
}

[Engine.Upper]
internal static class ByAttribute;

internal static class ByConstraint
{
    public static void F<T>() where T : Engine.Upper { }
}

internal static class ByLambda
{
    public static Func<int, int> F(int x) => y => x + y + Engine.Upper.Count;
}

internal static class ByCatch
{
    public static bool F(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Engine.UpperException)
        {
            return false;
        }
    }
}
