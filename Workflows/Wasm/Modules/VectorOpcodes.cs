namespace Slungd.Workflows.Wasm.Modules;

/// <summary>Rows of <see cref="Opcodes"/>: vectors of 128 bits. Codes of prefix 0xFD are 0x200 + n.</summary>
internal static class VectorOpcodes
{
    public static readonly Opcode[] All = [];
}
