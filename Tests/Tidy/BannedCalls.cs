using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection.Metadata;

namespace Slungd.Tests.Tidy;

/// <param name="Member">`Type.Method`, or `Type.` for every member of the type.</param>
/// <param name="Instead">What to use.</param>
/// <param name="AllowedIn">Namespaces (and those below) where it has its place.</param>
internal sealed record BannedCall(string Member, string Instead, params string[] AllowedIn);

/// <summary>Calls that have one place or none, found in the IL.</summary>
internal static class BannedCalls
{
    private const string Clock = "take a TimeProvider";
    private static readonly string[] Outside = ["Slungd.Native.Os", "Slungd.Ingest.Hosting"];

    public static readonly IReadOnlyList<BannedCall> All =
    [
        new("System.DateTime.get_Now", Clock, Outside),
        new("System.DateTime.get_UtcNow", Clock, Outside),
        new("System.DateTime.get_Today", Clock, Outside),
        new("System.DateTimeOffset.get_Now", Clock, Outside),
        new("System.DateTimeOffset.get_UtcNow", Clock, Outside),
        new("System.Environment.get_TickCount", Clock, Outside),
        new("System.Environment.get_TickCount64", Clock, Outside),
        new("System.TimeProvider.get_System", "take a TimeProvider from the composition", Outside),
        new("System.Threading.Tasks.Task.Run", "a named thread that Hosting knows", "Slungd.Ingest.Hosting"),
        new("System.Threading.Thread.Sleep", "wait on an event, so that shutdown is not held up",
            "Slungd.Ingest.Hosting"),
        new("System.Security.Cryptography.", "our own, or Guid for randomness: it loads OpenSSL, 4 MB of it",
            "Slungd.Ingest.Security"),
        new("System.GC.Collect", "nothing: allocate less", "Slungd.Ingest.Hosting"),
        new("System.Runtime.GCSettings.", "the project's settings"),
        new("System.Random.get_Shared", "a seeded random, so that a run can be repeated", "Slungd.Ingest.Hosting"),
    ];

    /// <summary>Every use of a banned member: where, what, and what to use instead.</summary>
    public static IEnumerable<string> Find(AssemblyFile assembly, IReadOnlyList<BannedCall> banned)
    {
        MetadataReader metadata = assembly.Metadata;
        foreach (MethodDefinitionHandle handle in metadata.MethodDefinitions)
        {
            MethodDefinition method = metadata.GetMethodDefinition(handle);
            if (assembly.BodyOf(method) is not { } body) continue;
            string ns = assembly.NamespaceOf(method.GetDeclaringType());
            foreach (EntityHandle token in IlTokens.In(body))
            {
                if (NameOf(metadata, token) is not { } name) continue;
                BannedCall? hit = banned.FirstOrDefault(b => name == b.Member ||
                    b.Member.EndsWith('.') && name.StartsWith(b.Member, StringComparison.Ordinal));
                if (hit is null || hit.AllowedIn.Any(a => IsUnder(ns, a))) continue;
                yield return $"{assembly.OwnerOf(method.GetDeclaringType())} uses {name}: {hit.Instead}";
            }
        }
    }

    private static bool IsUnder(string ns, string parent) =>
        ns == parent || ns.StartsWith(parent + ".", StringComparison.Ordinal);

    // Full name of a member of another assembly; null for anything else.
    private static string? NameOf(MetadataReader metadata, EntityHandle token)
    {
        if (token.Kind == HandleKind.MethodSpecification)
            token = metadata.GetMethodSpecification((MethodSpecificationHandle)token).Method;
        if (token.Kind != HandleKind.MemberReference) return null;
        MemberReference member = metadata.GetMemberReference((MemberReferenceHandle)token);
        if (member.Parent.Kind != HandleKind.TypeReference) return null;
        TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
        string ns = metadata.GetString(type.Namespace);
        return $"{ns}.{metadata.GetString(type.Name)}.{metadata.GetString(member.Name)}";
    }
}
