using System;

namespace Slungd.Workflows.Wasm;

/// <summary>What a function takes and gives. Equal when the types are.</summary>
internal sealed class WasmSignature : IEquatable<WasmSignature>
{
    private readonly WasmType[] _params, _results;

    public WasmSignature(ReadOnlySpan<WasmType> parameters, ReadOnlySpan<WasmType> results)
    {
        _params = parameters.ToArray();
        _results = results.ToArray();
        foreach (WasmType type in _params) ParamSlots += type.Slots;
        foreach (WasmType type in _results) ResultSlots += type.Slots;
    }

    public ReadOnlySpan<WasmType> Params => _params;

    public ReadOnlySpan<WasmType> Results => _results;

    /// <summary>Frame slots of all parameters together.</summary>
    public int ParamSlots { get; }

    public int ResultSlots { get; }

    public bool Equals(WasmSignature? other) =>
        other is not null && Params.SequenceEqual(other.Params) && Results.SequenceEqual(other.Results);

    public override bool Equals(object? obj) => Equals(obj as WasmSignature);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (WasmType type in _params) hash.Add((byte)type);
        hash.Add(0);
        foreach (WasmType type in _results) hash.Add((byte)type);
        return hash.ToHashCode();
    }

    /// <summary>As wasm people write it: `(i32, i64) -> f32`.</summary>
    public override string ToString() =>
        $"{List(_params)} -> {(_results.Length == 1 ? _results[0].Name : List(_results))}";

    private static string List(WasmType[] types) =>
        $"({string.Join(", ", Array.ConvertAll(types, static type => type.Name))})";
}
