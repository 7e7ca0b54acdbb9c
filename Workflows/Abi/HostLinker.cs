using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Native.Checks;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Abi;

/// <summary>Finds for each import of a module what the host has for it.</summary>
internal static class HostLinker
{
    private static readonly HostFunction NotOffered =
        static (ref HostCall call) => call.Return((int)Errno.NotOffered);

    private const int MaxNames = 32, LongestName = 128;

    // Only asked for types: nobody calls what they give.
    private static readonly EnvFunctions Unbound = new(null!, null!);
    private static readonly WasiFunctions UnboundWasi = new(null!, null!);
    private static readonly SlungFunctions UnboundSlung = new(null!, null!);

    /// <summary>What keeps a module from being linked: something it wants that is not there, or something it lacks
    /// that every guest must export. Null when nothing does.</summary>
    /// <param name="module">A guest.</param>
    /// <param name="warn">Gets what the guest's operator should know.</param>
    public static string? Check(IWasmModule module, Action<string> warn)
    {
        SortedSet<string> lacking = new(StringComparer.Ordinal);
        string? error = CheckExports(module);
        foreach (WasmImport import in module.Imports)
        {
            if (error is not null) return error;
            error = Find(import, Unbound, UnboundWasi, UnboundSlung, out HostEntry entry);
            if (error is null && entry.Function == NotOffered) lacking.Add(Cut(import.Name));
        }
        if (error is not null || lacking.Count == 0) return error;
        string more = lacking.Count > MaxNames ? $" and {lacking.Count - MaxNames} more" : "";
        warn($"{WasiFunctions.Module}: not offered, answers ENOSYS: {string.Join(", ", lacking.Take(MaxNames))}{more}");
        return null;
    }

    /// <summary>The imports of a module that was checked.</summary>
    /// <param name="module">A guest.</param>
    /// <param name="host">Behind the functions.</param>
    public static WasmImports Link(IWasmModule module, IGuestHost host)
    {
        GuestMemory memory = new();
        EnvFunctions env = new(host, memory);
        WasiFunctions wasi = new(host, memory);
        SlungFunctions slung = new(host, memory);
        WasmImports imports = new();
        foreach (WasmImport import in module.Imports)
        {
            string? error = Find(import, env, wasi, slung, out HostEntry entry);
            Invariant.Check(error is null);
            imports.Add(import.Module, import.Name, entry.Signature, entry.Function);
        }
        return imports;
    }

    private static string? Find(WasmImport import, EnvFunctions env, WasiFunctions wasi, SlungFunctions slung,
        out HostEntry entry)
    {
        entry = default;
        HostEntry[]? entries = import.Kind != WasmExternKind.Function ? null : import.Module switch
        {
            EnvFunctions.Module => env.Find(import.Name),
            SlungFunctions.Module => slung.Find(import.Name),
            WasiFunctions.Module => wasi.Find(import.Name) ?? Unknown(import),
            _ => null,
        };
        if (entries is null) return $"unknown import {Describe(import)}";
        foreach (HostEntry offered in entries)
        {
            if (!offered.Signature.Equals(import.Signature)) continue;
            entry = offered;
            return null;
        }
        return $"import {Describe(import)}: expected the type {entries[0].Signature}";
    }

    /// <summary>A function of WASI that has no meaning here.</summary>
    private static HostEntry[]? Unknown(WasmImport import)
    {
        WasmSignature signature = import.Signature!;
        bool isWasi = signature.Results.Length == 1 && signature.Results[0] == WasmType.I32;
        return isWasi ? [new HostEntry(signature, NotOffered)] : null;
    }

    private static string? CheckExports(IWasmModule module)
    {
        bool hasMemory = false, hasCall = false;
        foreach (WasmExport export in module.Exports)
        {
            hasMemory |= export.Name == GuestMemory.MemoryExport && export.Kind == WasmExternKind.Memory;
            hasCall |= export.Name == "call" && (Signatures.ToI32.Equals(export.Signature)
                || Signatures.None.Equals(export.Signature));
        }
        if (!hasMemory) return "expected an exported memory";
        return hasCall ? null : "expected an exported function call() -> i32";
    }

    private static string Describe(WasmImport import) => $"{Cut(import.Module)}.{Cut(import.Name)} "
        + (import.Signature is { } type ? Cut($"{type}") : $"({import.Kind.ToString().ToLowerInvariant()})");

    // A guest's texts, which may be as long as the module.
    private static string Cut(string text) => text.Length <= LongestName ? text : text[..LongestName] + "...";
}
