using System.Collections.Generic;

namespace Slungd.Workflows.Wasm;

/// <summary>What a host offers to guests, by module and name. Unlimited use; not changed while an instance is being
/// made.</summary>
internal sealed class WasmImports
{
    private readonly Dictionary<(string Module, string Name), object> _offers = [];

    /// <summary>Offers a function of the host.</summary>
    public void Add(string module, string name, WasmSignature signature, HostFunction function) =>
        _offers[(module, name)] = new HostOffer($"{module}.{name}", signature, function);

    /// <summary>Offers what a store, or an instance of it, has made; only its instances can import it.</summary>
    public void Add(string module, string name, IWasmExtern made) => _offers[(module, name)] = made;

    /// <summary>An <see cref="IWasmExtern"/>, a <see cref="HostOffer"/>, or null.</summary>
    internal object? Find(string module, string name) => _offers.GetValueOrDefault((module, name));

    /// <param name="Name">For backtraces and messages.</param>
    /// <param name="Signature">A guest that imports it with another one is refused.</param>
    /// <param name="Function">The code.</param>
    internal sealed record HostOffer(string Name, WasmSignature Signature, HostFunction Function);
}
