using System;
using System.Collections.Generic;

namespace Slungd.Workflows.Wasm.Modules;

/// <summary>Bytes to sections (specification, chapter "Binary Format"). Finds what is malformed; what is invalid is the
/// validator's to find. Memory is bounded by the module's size.</summary>
internal ref partial struct ModuleDecoder
{
    private const uint Magic = 0x6D736100, Version = 1;
    private const int CustomSection = 0, TypeSection = 1, ImportSection = 2, FunctionSection = 3, TableSection = 4,
        MemorySection = 5, GlobalSection = 6, ExportSection = 7, StartSection = 8, ElementSection = 9, CodeSection = 10,
        DataSection = 11, DataCountSection = 12;

    // Sections stand in this order: the count of data segments before the code that uses it.
    private static ReadOnlySpan<byte> Order => [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 10];

    private readonly ModuleContents _module;
    private WasmReader _reader;

    private ModuleDecoder(ModuleContents module)
    {
        _module = module;
        _reader = new WasmReader(module.Bytes, 0, module.Bytes.Length);
    }

    /// <summary>Null when the bytes are no module, and then <paramref name="error"/> says why.</summary>
    public static ModuleContents? TryDecode(byte[] bytes, out WasmError? error)
    {
        ModuleContents module = new(bytes);
        ModuleDecoder decoder = new(module);
        decoder.Decode();
        error = decoder._reader.Error;
        return error is null ? module : null;
    }

    private void Decode()
    {
        if (_module.Bytes.Length > ModuleLimits.ModuleBytes)
        {
            _reader.Fail(WasmErrorKind.Limit, $"module of more than {ModuleLimits.ModuleBytes} bytes");
            return;
        }
        if (_reader.Fixed32() != Magic) _reader.FailAt(0, WasmErrorKind.Malformed, "magic header not detected");
        if (_reader.Fixed32() != Version) _reader.FailAt(4, WasmErrorKind.Malformed, "unknown binary version");
        int last = 0;
        while (!_reader.AtEnd)
        {
            int at = _reader.Position, id = _reader.Byte();
            if (id >= Order.Length) _reader.FailAt(at, WasmErrorKind.Malformed, "malformed section id");
            uint size = _reader.U32();
            if (size > (uint)Math.Max(0, _reader.Left)) _reader.Malformed("length out of bounds");
            if (_reader.Failed) return;
            if (id != CustomSection && Order[id] <= last)
                _reader.FailAt(at, WasmErrorKind.Malformed, "unexpected content after last section");
            if (id != CustomSection) last = Order[id];
            int end = _reader.Position + (int)size;
            _reader.End = end;
            DecodeSection(id);
            if (!_reader.Failed && _reader.Position != end) _reader.Malformed("section size mismatch");
            _reader.End = _module.Bytes.Length;
        }
        if (_reader.Failed) return;
        if (_module.Functions.Count - _module.ImportedFunctions != _module.Bodies.Count)
            _reader.Malformed("function and code section have inconsistent lengths");
        if ((_module.DataCount ?? _module.Data.Count) != _module.Data.Count)
            _reader.Malformed("data count and data section have inconsistent lengths");
    }

    private void DecodeSection(int id)
    {
        switch (id)
        {
            case CustomSection: DecodeCustom(); break;
            case TypeSection: DecodeTypes(); break;
            case ImportSection: DecodeImports(); break;
            case FunctionSection:
                for (int left = Count(ModuleLimits.Functions, "functions"); left > 0 && !_reader.Failed; left--)
                    _module.Functions.Add((int)_reader.U32());
                break;
            case TableSection:
                for (int left = Count(ModuleLimits.Tables, "tables"); left > 0 && !_reader.Failed; left--)
                    _module.Tables.Add(ReadTableType());
                break;
            case MemorySection:
                for (int left = Count(ModuleLimits.Imports, "memories"); left > 0 && !_reader.Failed; left--)
                    _module.Memories.Add(ReadLimits());
                break;
            case GlobalSection:
                for (int left = Count(ModuleLimits.Globals, "globals"); left > 0 && !_reader.Failed; left--)
                {
                    _module.Globals.Add(ReadGlobalType());
                    _module.GlobalValues.Add(ConstantExpression.Read(ref _reader));
                }
                break;
            case ExportSection: DecodeExports(); break;
            case StartSection: _module.Start = (int)_reader.U32(); break;
            case ElementSection: DecodeElements(); break;
            case DataCountSection: _module.DataCount = (int)_reader.U32(); break;
            case CodeSection: DecodeBodies(); break;
            default: DecodeData(); break;
        }
    }

    private void DecodeCustom()
    {
        string name = _reader.Name();
        int start = _reader.Position;
        _reader.Bytes((uint)Math.Max(0, _reader.Left));
        if (name == "name" && !_reader.Failed) _module.NameSection = new ByteRange(start, _reader.End - start);
    }

    private void DecodeTypes()
    {
        for (int left = Count(ModuleLimits.Types, "types"); left > 0 && !_reader.Failed; left--)
        {
            if (_reader.Byte() != 0x60) _reader.Malformed("malformed function type");
            WasmType[] parameters = ReadTypes(ModuleLimits.Params, "parameters");
            WasmType[] results = ReadTypes(ModuleLimits.Results, "results");
            _module.Types.Add(new WasmSignature(parameters, results));
        }
    }

    private WasmType[] ReadTypes(int limit, string what)
    {
        var types = new WasmType[Count(limit, what)];
        for (int i = 0; i < types.Length && !_reader.Failed; i++) types[i] = _reader.ValueType();
        return types;
    }

    private void DecodeImports()
    {
        for (int left = Count(ModuleLimits.Imports, "imports"); left > 0 && !_reader.Failed; left--)
        {
            string module = _reader.Name(), name = _reader.Name();
            var kind = (WasmExternKind)_reader.Byte();
            int index = 0;
            switch (kind)
            {
                case WasmExternKind.Function:
                    index = _module.Functions.Count;
                    _module.Functions.Add((int)_reader.U32());
                    break;
                case WasmExternKind.Table: Add(_module.Tables, ReadTableType(), out index); break;
                case WasmExternKind.Memory: Add(_module.Memories, ReadLimits(), out index); break;
                case WasmExternKind.Global: Add(_module.Globals, ReadGlobalType(), out index); break;
                default: _reader.Malformed("malformed import kind"); break;
            }
            _module.Imports.Add(new ImportEntry(module, name, kind, index));
        }
        _module.ImportedFunctions = _module.Functions.Count;
        _module.ImportedGlobals = _module.Globals.Count;
    }

    private static void Add<T>(List<T> list, T item, out int index)
    {
        index = list.Count;
        list.Add(item);
    }

    private void DecodeExports()
    {
        for (int left = Count(ModuleLimits.Exports, "exports"); left > 0 && !_reader.Failed; left--)
        {
            string name = _reader.Name();
            var kind = (WasmExternKind)_reader.Byte();
            if (kind > WasmExternKind.Global) _reader.Malformed("malformed export kind");
            _module.Exports.Add(new ExportEntry(name, kind, (int)_reader.U32()));
        }
    }

    private TableType ReadTableType()
    {
        WasmType element = _reader.ReferenceType();
        return new TableType(element, ReadLimits());
    }

    private SizeLimits ReadLimits()
    {
        byte flags = _reader.Byte();
        if (flags > 1) _reader.Malformed(flags > 0x7F ? "integer representation too long" : "integer too large");
        return new SizeLimits(_reader.U32(), flags == 1 ? _reader.U32() : null);
    }

    private GlobalType ReadGlobalType()
    {
        WasmType type = _reader.ValueType();
        byte mutable = _reader.Byte();
        if (mutable > 1) _reader.Malformed("malformed mutability");
        return new GlobalType(type, mutable == 1);
    }

    private int Count(int limit, string what)
    {
        int count = _reader.Count();
        if (count <= limit) return count;
        _reader.Fail(WasmErrorKind.Limit, $"more than {limit} {what}");
        return 0;
    }
}
