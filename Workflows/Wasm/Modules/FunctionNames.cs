using System.Collections.Generic;

namespace Slungd.Workflows.Wasm.Modules;

/// <summary>Names for backtraces: from the custom section `name` (specification, appendix "Name Section"), else an
/// export's name, else the number. A malformed section gives the names before the fault.</summary>
internal sealed class FunctionNames
{
    private const int FunctionSubsection = 1, LongestName = 256;
    private readonly Dictionary<int, string> _names = [];

    public FunctionNames(ModuleContents module)
    {
        foreach (ExportEntry export in module.Exports)
        {
            if (export.Kind == WasmExternKind.Function) _names[export.Index] = Printable(export.Name);
        }
        WasmReader reader = new(module.Bytes, module.NameSection.Start, module.NameSection.End);
        while (!reader.AtEnd)
        {
            int id = reader.Byte();
            uint size = reader.U32();
            if (reader.Failed || size > (uint)reader.Left) return;
            if (id == FunctionSubsection) ReadNames(new WasmReader(module.Bytes, reader.Position,
                reader.Position + (int)size));
            reader.Bytes(size);
        }
    }

    public string NameOf(int function) => _names.GetValueOrDefault(function) ?? $"func[{function}]";

    private void ReadNames(WasmReader reader)
    {
        for (int left = reader.Count(); left > 0 && !reader.Failed; left--)
        {
            int function = (int)reader.U32();
            string name = reader.Name();
            if (!reader.Failed) _names[function] = Printable(name);
        }
    }

    // Names come from the guest and go to logs: no control characters, no endless lines.
    private static string Printable(string name)
    {
        if (name.Length > LongestName) name = name[..LongestName];
        return string.Create(name.Length, name, static (target, source) =>
        {
            for (int i = 0; i < target.Length; i++) target[i] = char.IsControl(source[i]) ? '?' : source[i];
        });
    }
}
