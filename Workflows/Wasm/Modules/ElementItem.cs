namespace Slungd.Workflows.Wasm.Modules;

/// <summary>One element of a segment in four bytes, since a module of 16 MiB can name sixteen million.</summary>
internal readonly record struct ElementItem
{
    private const int NullFunction = -1, NullExtern = -2, Invalid = -3, FirstGlobal = -4;
    private readonly int _code;

    private ElementItem(int code) => _code = code;

    public static ElementItem OfFunction(uint index) => new(index <= int.MaxValue ? (int)index : int.MaxValue);

    /// <summary>An expression that is no reference, or no single value, becomes an item of no type.</summary>
    public static ElementItem Of(ConstantExpression expression) => expression.Kind switch
    {
        ConstantKind.Function => OfFunction((uint)expression.Index),
        ConstantKind.Global when expression.Index is >= 0 and < ModuleLimits.Globals =>
            new ElementItem(FirstGlobal - expression.Index),
        ConstantKind.Value when expression.Value.Type == WasmType.FuncRef => new ElementItem(NullFunction),
        ConstantKind.Value when expression.Value.Type == WasmType.ExternRef => new ElementItem(NullExtern),
        _ => new ElementItem(Invalid),
    };

    /// <summary>The function's index, or -1.</summary>
    public int Function => _code >= 0 ? _code : -1;

    /// <summary>The global's index, or -1.</summary>
    public int Global => _code <= FirstGlobal ? FirstGlobal - _code : -1;

    /// <summary>The type where it doesn't depend on a global; else Unknown.</summary>
    public WasmType Type => _code switch
    {
        >= 0 or NullFunction => WasmType.FuncRef,
        NullExtern => WasmType.ExternRef,
        _ => WasmType.Unknown,
    };
}
