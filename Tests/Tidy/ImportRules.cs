using System;

namespace Slungd.Tests.Tidy;

/// <summary>The direction of imports: Native, Engine, Workflows, Ingest, Program.cs; each uses only itself and what
/// stands before it. Some rooms are stricter.</summary>
internal static class ImportRules
{
    private static readonly string[] Layers = ["Native", "Engine", "Workflows", "Ingest", ""];

    /// <summary>Why <paramref name="from"/> may not use <paramref name="to"/>, or null when it may.</summary>
    /// <param name="root">The common root of both, `Slungd` in the product.</param>
    /// <param name="from">A namespace.</param>
    /// <param name="to">A namespace; foreign ones are always allowed.</param>
    public static string? Violation(string root, string from, string to)
    {
        if (!TryStrip(root, ref from) || !TryStrip(root, ref to) || from == to) return null;
        if (LayerOf(to) > LayerOf(from)) return $"{Show(to)} stands above {Show(from)}";
        if (IsUnder(from, "Engine.Model") && !IsUnder(to, "Engine.Model", "Native"))
            return "Engine.Model is what everything meets at: it uses Native only";
        if (IsUnder(from, "Engine.Query") && !IsUnder(to, "Engine.Query", "Engine.Model", "Native"))
            return "Engine.Query knows only Engine.Model and Native";
        if (IsUnder(from, "Engine.PromQL") && !IsUnder(to, "Engine.PromQL", "Engine.Model", "Native"))
            return "Engine.PromQL knows only Engine.Model and Native";
        if (IsUnder(from, "Ingest.Protocols") && !IsUnder(to, "Ingest.Protocols", "Engine.Model", "Native"))
            return "Ingest.Protocols are pure parsers: they know only Engine.Model and Native";
        if (IsUnder(from, "Ingest.Framing") && !IsUnder(to, "Ingest.Framing", "Engine.Model", "Native"))
            return "Ingest.Framing is pure: it knows only Engine.Model and Native";
        if (IsUnder(from, "Ingest") && IsUnder(to, "Workflows") && !IsUnder(from, "Ingest.Hosting", "Ingest.Http"))
            return "inside Ingest only Hosting and Http know Workflows";
        return null;
    }

    private static bool TryStrip(string root, ref string ns)
    {
        if (ns == root)
        {
            ns = "";
            return true;
        }
        if (!ns.StartsWith(root + ".", StringComparison.Ordinal)) return false;
        ns = ns[(root.Length + 1)..];
        return true;
    }

    private static int LayerOf(string ns)
    {
        int layer = Array.IndexOf(Layers, ns.Split('.')[0]);
        return layer >= 0 ? layer : throw new ArgumentException($"{ns} belongs to no layer");
    }

    private static bool IsUnder(string ns, params ReadOnlySpan<string> parents)
    {
        foreach (string parent in parents)
        {
            if (ns == parent || ns.StartsWith(parent + ".", StringComparison.Ordinal)) return true;
        }
        return false;
    }

    private static string Show(string ns) => ns.Length == 0 ? "the front door" : ns;
}
