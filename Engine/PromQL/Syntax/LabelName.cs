namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Names of labels and metrics: any UTF-8 text is one; those of the old alphabet need no quotes.</summary>
internal static class LabelName
{
    /// <summary>Not empty, and text.</summary>
    public static bool IsValid(string name) => name.Length > 0 && StringText.IsText(name);

    /// <summary>[a-zA-Z_][a-zA-Z0-9_]*</summary>
    public static bool IsLegacy(string name) => IsLegacy(name, colons: false);

    /// <summary>[a-zA-Z_:][a-zA-Z0-9_:]*</summary>
    public static bool IsLegacyMetric(string name) => IsLegacy(name, colons: true);

    private static bool IsLegacy(string name, bool colons)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return false;
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_' && !(colons && c == ':')) return false;
        return true;
    }
}
