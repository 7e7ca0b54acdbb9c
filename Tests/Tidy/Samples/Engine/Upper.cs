using System;

namespace Slungd.Tests.Tidy.Samples.Engine;

/// <summary>What the lower sample types reach for.</summary>
internal class Upper
{
    public static int Count => 1;
    public static T Make<T>() where T : new() => new();
}

internal sealed class UpperAttribute : Attribute;

internal sealed class UpperException : Exception;
