using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>One value of an answer: nothing, a number, a text or bytes.</summary>
/// <param name="Family">None: null. Float: <paramref name="Number"/>. String or Bytes: <paramref name="Payload"/>.
/// </param>
internal readonly record struct QueryValue(ValueFamily Family, double Number, byte[]? Payload)
{
    public static readonly QueryValue Null;

    public bool IsNull => Family == ValueFamily.None;

    public static QueryValue Of(double number) => new(ValueFamily.Float, number, null);
}
