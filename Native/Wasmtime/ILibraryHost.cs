using System;

namespace Slungd.Native.Wasmtime;

/// <summary>What a store's guest calls. On the guest's thread.</summary>
internal interface ILibraryHost
{
    /// <summary>An imported function.</summary>
    /// <param name="import">Its place among those that were given to <see cref="LibraryStore.Instantiate"/>.</param>
    /// <param name="arguments">Dead when the call ends.</param>
    /// <param name="results">To be filled, kinds included, before true is returned.</param>
    /// <returns>False ends the guest's call.</returns>
    bool Call(int import, ReadOnlySpan<LibraryValue> arguments, Span<LibraryValue> results);

    /// <summary>The engine's epoch has reached the store's deadline.</summary>
    /// <param name="ticks">From now to the next deadline.</param>
    /// <returns>False ends the guest's call.</returns>
    bool GoOn(out ulong ticks);
}

/// <summary>A function that a guest imports.</summary>
/// <param name="Module">The first of its names.</param>
/// <param name="Name">The second.</param>
/// <param name="Parameters">Kinds as in <see cref="LibraryValue"/>.</param>
/// <param name="Results">Kinds as in <see cref="LibraryValue"/>.</param>
internal sealed record LibraryImport(string Module, string Name, byte[] Parameters, byte[] Results);
