using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection.Metadata;

namespace Slungd.Tests.Tidy;

/// <param name="Name">Type and method, without parameters.</param>
/// <param name="File">The source file's name.</param>
/// <param name="Lines">From the first statement's line to the last one's, inclusive; comments between count.</param>
internal sealed record FunctionLength(string Name, string File, int Lines);

/// <summary>Measures functions by their sequence points in the symbols: what the compiler saw, not what a parser
/// guesses.</summary>
internal static class FunctionLengths
{
    public static IEnumerable<FunctionLength> Read(AssemblyFile assembly)
    {
        foreach (MethodDefinitionHandle handle in assembly.Metadata.MethodDefinitions)
        {
            MethodDebugInformation symbols = assembly.Symbols.GetMethodDebugInformation(handle);
            if (symbols.SequencePointsBlob.IsNil) continue;
            int first = int.MaxValue, last = 0;
            DocumentHandle document = symbols.Document;
            foreach (SequencePoint point in symbols.GetSequencePoints())
            {
                if (point.IsHidden) continue;
                if (document.IsNil) document = point.Document;
                if (point.Document != document) continue; // a constructor: field initialisers of another partial
                first = Math.Min(first, point.StartLine);
                last = Math.Max(last, point.EndLine);
            }
            MethodDefinition method = assembly.Metadata.GetMethodDefinition(handle);
            string name = assembly.Metadata.GetString(method.Name);
            // Constructors hold the field initialisers of the whole type: their points say nothing about their length.
            if (last == 0 || name is ".ctor" or ".cctor") continue;
            string path = assembly.Symbols.GetString(assembly.Symbols.GetDocument(document).Name);
            if (IsGenerated(path)) continue;
            yield return new FunctionLength(NameOf(assembly, method, name), Path.GetFileName(path), last - first + 1);
        }
    }

    private static bool IsGenerated(string path) =>
        path.EndsWith(".g.cs", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal);

    // State machines and closures: `Type.<Method>d__1.MoveNext` is known by the method in the angle brackets.
    private static string NameOf(AssemblyFile assembly, MethodDefinition method, string name)
    {
        TypeDefinitionHandle declaring = method.GetDeclaringType();
        string type = assembly.Metadata.GetString(assembly.Metadata.GetTypeDefinition(declaring).Name);
        string source = name.StartsWith('<') ? name : type.StartsWith('<') ? type : "";
        int close = source.IndexOf('>', StringComparison.Ordinal);
        if (close > 1) name = source[1..close];
        string owner = assembly.OwnerOf(declaring);
        return owner[(owner.LastIndexOf('.') + 1)..] + "." + name;
    }
}
