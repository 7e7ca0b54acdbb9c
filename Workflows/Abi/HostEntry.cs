using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Abi;

/// <summary>One function for guests, in one of the types it can be imported with.</summary>
internal readonly record struct HostEntry(WasmSignature Signature, HostFunction Function);
