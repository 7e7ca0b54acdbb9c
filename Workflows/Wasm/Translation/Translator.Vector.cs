using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Translation;

internal sealed partial class Translator
{
    // Operation, result if any, operands; then the offset, then the lane, where there are such.
    private void TranslateVector(Opcode opcode, ref WasmReader reader)
    {
        switch (opcode.Immediate)
        {
            case Immediate.V128:
                BeginTo(IrOp.ConstWide, Push(WasmType.V128));
                EmitBytes(ref reader);
                break;
            case Immediate.Lanes:
                EmitPlain(opcode);
                EmitBytes(ref reader);
                break;
            case Immediate.MemoryArgument or Immediate.MemoryArgumentAndLane:
                reader.U32(); // the alignment is only a hint
                int offset = (int)reader.U32();
                EmitPlain(opcode);
                Word(offset);
                if (opcode.Immediate == Immediate.MemoryArgumentAndLane) Unit(reader.Byte());
                break;
            default:
                EmitPlain(opcode);
                if (opcode.Immediate == Immediate.Lane) Unit(reader.Byte());
                break;
        }
    }

    private void EmitBytes(ref WasmReader reader)
    {
        for (int i = 0; i < 8; i++) Unit(reader.Byte() | reader.Byte() << 8);
    }
}
