using System;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Modules;

/// <summary>What stands behind an opcode in the binary format.</summary>
internal enum Immediate : byte
{
    None,
    Block,
    Label,
    Labels,
    Function,
    TypeAndTable,
    Types,
    Local,
    Global,
    Table,
    TwoTables,
    ElementAndTable,
    Element,
    MemoryArgument,

    /// <summary>A zero byte where a later version has a memory's index.</summary>
    Memory,
    TwoMemories,
    DataAndMemory,
    Data,
    I32,
    I64,
    F32,
    F64,
    Reference,
    V128,
    Lane,
    Lanes,
    MemoryArgumentAndLane,
}

/// <summary>How a constant second operand becomes the immediate of <see cref="Opcode.IrImm"/>.</summary>
internal enum ImmForm : byte
{
    Plain,

    /// <summary>There is one operand; the immediate is 0.</summary>
    Zero,
    Negated,

    /// <summary>A shift count, by the width of the type.</summary>
    Count,
    NegatedCount,

    /// <summary>Not 0 and not -1: no test is left for the interpreter.</summary>
    Divisor,

    /// <summary>a &lt;= n is a &lt; n + 1, unless n is the largest value.</summary>
    Next,
    NextUnsigned,

    /// <summary>A float's bits as they are, 32 or 64.</summary>
    Float,

    /// <summary>a &gt;= n is a &gt; n - 1, unless n is the smallest value.</summary>
    Previous,
    PreviousUnsigned,
}

/// <summary>One instruction of the specification: the row that the validator, the translator and (through
/// <see cref="Ir"/>) the interpreter share.</summary>
internal sealed class Opcode
{
    private readonly WasmType[] _params;

    /// <param name="code">As in the binary format; prefixed ones see <see cref="Opcodes"/>.</param>
    /// <param name="name">As in the text format.</param>
    /// <param name="signature">Parameters, colon, result; or `*`.</param>
    /// <param name="immediate">What follows the code.</param>
    public Opcode(int code, string name, string signature, Immediate immediate = Immediate.None)
    {
        Code = code;
        Name = name;
        Immediate = immediate;
        IsSimple = signature != "*";
        int colon = Math.Max(0, signature.IndexOf(':', StringComparison.Ordinal));
        _params = new WasmType[colon];
        for (int i = 0; i < colon; i++) _params[i] = TypeOf(signature[i]);
        if (IsSimple && signature.Length > colon + 1) Result = TypeOf(signature[^1]);
    }

    public int Code { get; }

    public string Name { get; }

    public Immediate Immediate { get; }

    /// <summary>Whether <see cref="Params"/> and <see cref="Result"/> say all about its types.</summary>
    public bool IsSimple { get; }

    public ReadOnlySpan<WasmType> Params => _params;

    /// <summary>Unknown when there is none.</summary>
    public WasmType Result { get; }

    /// <summary>With operands in slots. Unreachable, the zero, when it only renames bits.</summary>
    public IrOp Ir { get; init; }

    /// <summary>With a constant second operand; zero when there is no such form.</summary>
    public IrOp IrImm { get; init; }

    public ImmForm Form { get; init; }

    /// <summary>The opcode that computes the same with the operands exchanged; 0 when there is none.</summary>
    public int Reverse { get; init; }

    /// <summary>Whether <see cref="Ir"/> takes the operands in the other order.</summary>
    public bool Swap { get; init; }

    /// <summary>Of a memory access: the logarithm of its bytes.</summary>
    public int Align { get; init; }

    /// <summary>Lanes that a lane's number chooses from.</summary>
    public int Lanes { get; init; }

    private static WasmType TypeOf(char letter) => letter switch
    {
        'i' => WasmType.I32,
        'I' => WasmType.I64,
        'f' => WasmType.F32,
        'F' => WasmType.F64,
        _ => WasmType.V128,
    };
}
