using Slungd.Native.Checks;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Translation;

internal sealed partial class Translator
{
    private void TranslateVector(Opcode opcode, ref WasmReader reader)
    {
        Invariant.Equal(opcode.Code, Opcodes.V128Const);
        BeginTo(IrOp.ConstWide, Push(WasmType.V128));
        for (int i = 0; i < 8; i++) Unit(reader.Byte() | reader.Byte() << 8);
    }
}
