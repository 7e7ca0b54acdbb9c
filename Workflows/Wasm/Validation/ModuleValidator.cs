using System;
using System.Collections.Generic;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Validation;

/// <summary>Whether a decoded module is valid (specification, chapter "Validation", section "Modules"), function bodies
/// included. After it nothing about a module's code has to be checked again.</summary>
internal sealed class ModuleValidator
{
    private readonly ModuleContents _module;
    private WasmError? _error;

    private ModuleValidator(ModuleContents module)
    {
        _module = module;
        Declared = new bool[module.Functions.Count];
    }

    /// <summary>Functions that ref.func may name: those that occur outside of bodies.</summary>
    private bool[] Declared { get; }

    /// <summary>Null when the module is valid.</summary>
    public static WasmError? Check(ModuleContents module)
    {
        ModuleValidator validator = new(module);
        validator.CheckSpaces();
        validator.CheckExports();
        validator.CheckGlobals();
        validator.CheckElements();
        validator.CheckData();
        if (validator._error is not null) return validator._error;
        FunctionValidator functions = new(module, validator.Declared);
        for (int i = 0; i < module.Bodies.Count; i++)
        {
            if (functions.Check(i) is { } error) return error;
        }
        return null;
    }

    private void Fail(string message, int offset = -1) =>
        _error ??= new WasmError(WasmErrorKind.Invalid, message, offset);

    private void CheckSpaces()
    {
        foreach (int type in _module.Functions)
        {
            if ((uint)type >= (uint)_module.Types.Count) Fail("unknown type");
        }
        foreach (TableType table in _module.Tables) CheckLimits(table.Limits);
        foreach (SizeLimits memory in _module.Memories)
        {
            CheckLimits(memory);
            if (memory.Min > ModuleLimits.MemoryPages || memory.Max > ModuleLimits.MemoryPages)
                Fail("memory size must be at most 65536 pages (4GiB)");
        }
        if (_module.Memories.Count > 1) Fail("multiple memories");
        if (_module.Tables.Count > ModuleLimits.Tables) Fail($"more than {ModuleLimits.Tables} tables");
        if (_module.Start is not { } start || _error is not null) return;
        if ((uint)start >= (uint)_module.Functions.Count) Fail("unknown function");
        else if (_module.SignatureOf(start) is not { ParamSlots: 0, ResultSlots: 0 }) Fail("start function");
    }

    private void CheckLimits(SizeLimits limits)
    {
        if (limits.Min > limits.Max) Fail("size minimum must not be greater than maximum");
    }

    private void CheckExports()
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (ExportEntry export in _module.Exports)
        {
            (string what, int count) = export.Kind switch
            {
                WasmExternKind.Function => ("function", _module.Functions.Count),
                WasmExternKind.Table => ("table", _module.Tables.Count),
                WasmExternKind.Memory => ("memory", _module.Memories.Count),
                _ => ("global", _module.Globals.Count),
            };
            if ((uint)export.Index >= (uint)count) Fail($"unknown {what}");
            else if (export.Kind == WasmExternKind.Function) Declared[export.Index] = true;
            if (!names.Add(export.Name)) Fail("duplicate export name");
        }
    }

    private void CheckGlobals()
    {
        for (int i = 0; i < _module.GlobalValues.Count; i++)
            Expect(_module.GlobalValues[i], _module.Globals[_module.ImportedGlobals + i].Type);
    }

    private void CheckElements()
    {
        foreach (ElementSegment segment in _module.Elements)
        {
            if (segment.Mode == SegmentMode.Active)
            {
                if ((uint)segment.Table >= (uint)_module.Tables.Count) Fail("unknown table");
                else if (_module.Tables[segment.Table].Element != segment.Type) Fail("type mismatch");
                Expect(segment.Offset, WasmType.I32);
            }
            foreach (ElementItem item in segment.Items) CheckItem(item, segment.Type);
        }
    }

    private void CheckItem(ElementItem item, WasmType type)
    {
        if (item.Function >= 0)
        {
            if (item.Function >= Declared.Length) Fail($"unknown function {item.Function}");
            else Declared[item.Function] = true;
        }
        WasmType actual = item.Global >= 0 ? TypeOfGlobal(item.Global, -1) : item.Type;
        if (actual != type) Fail("type mismatch");
    }

    private void CheckData()
    {
        foreach (DataSegment segment in _module.Data)
        {
            if (segment.Mode != SegmentMode.Active) continue;
            if ((uint)segment.Memory >= (uint)_module.Memories.Count) Fail($"unknown memory {segment.Memory}");
            Expect(segment.Offset, WasmType.I32);
        }
    }

    private void Expect(ConstantExpression expression, WasmType type)
    {
        WasmType actual = WasmType.Unknown;
        switch (expression.Kind)
        {
            case ConstantKind.Value: actual = expression.Value.Type; break;
            case ConstantKind.Global: actual = TypeOfGlobal(expression.Index, expression.Offset); break;
            case ConstantKind.Function when (uint)expression.Index >= (uint)Declared.Length:
                Fail($"unknown function {expression.Index}", expression.Offset);
                break;
            case ConstantKind.Function:
                Declared[expression.Index] = true;
                actual = WasmType.FuncRef;
                break;
        }
        if (actual != type) Fail("type mismatch", expression.Offset);
    }

    // Only imported constants: a module's own globals are not known yet when its expressions are evaluated.
    private WasmType TypeOfGlobal(int index, int offset)
    {
        if ((uint)index >= (uint)_module.ImportedGlobals)
        {
            Fail($"unknown global {index}", offset);
            return WasmType.Unknown;
        }
        if (_module.Globals[index].Mutable) Fail("constant expression required", offset);
        return _module.Globals[index].Type;
    }
}
