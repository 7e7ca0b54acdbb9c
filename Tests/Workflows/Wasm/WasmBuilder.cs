using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Workflows.Wasm;

namespace Slungd.Tests.Workflows.Wasm;

/// <summary>Puts a module together, section by section; code is given as bytes, valid or not.</summary>
internal sealed class WasmBuilder
{
    private readonly List<byte[]> _types = [], _imports = [], _functions = [], _bodies = [], _exports = [];
    private readonly List<byte[]> _globals = [], _data = [], _elements = [];
    private byte[]? _memory, _table, _start;
    private readonly Dictionary<int, string> _names = [];
    private int _importedFunctions;

    public int Type(WasmType[] parameters, params WasmType[] results)
    {
        _types.Add([0x60, .. Vector(parameters), .. Vector(results)]);
        return _types.Count - 1;
    }

    public int Import(string module, string name, int type)
    {
        _imports.Add([.. Name(module), .. Name(name), 0, .. Unsigned((uint)type)]);
        return _importedFunctions++;
    }

    /// <summary>A function; <paramref name="code"/> without its last `end`.</summary>
    public int Function(int type, WasmType[] locals, byte[] code, string? export = null, string? name = null)
    {
        int index = _importedFunctions + _functions.Count;
        _functions.Add(Unsigned((uint)type));
        List<byte> body = [.. Unsigned((uint)locals.Length)];
        foreach (WasmType local in locals) body.AddRange([1, (byte)local]);
        byte[] whole = [.. body, .. code, 0x0B];
        _bodies.Add([.. Unsigned((uint)whole.Length), .. whole]);
        if (export is not null) Export(export, 0, index);
        if (name is not null) _names[index] = name;
        return index;
    }

    public WasmBuilder Memory(uint min, uint? max = null)
    {
        _memory = Limits(min, max);
        Export("memory", 2, 0);
        return this;
    }

    public WasmBuilder Table(uint min, uint? max = null)
    {
        _table = [0x70, .. Limits(min, max)];
        Export("table", 1, 0);
        return this;
    }

    public int Global(WasmType type, byte[] value)
    {
        _globals.Add([(byte)type, 1, .. value, 0x0B]);
        return _globals.Count - 1;
    }

    public void Elements(int offset, params int[] functions)
    {
        List<byte> items = [.. Unsigned((uint)functions.Length)];
        foreach (int function in functions) items.AddRange(Unsigned((uint)function));
        _elements.Add([0, 0x41, .. Signed(offset), 0x0B, .. items]);
    }

    public void Data(int offset, byte[] bytes) =>
        _data.Add([0, 0x41, .. Signed(offset), 0x0B, .. Unsigned((uint)bytes.Length), .. bytes]);

    public void Start(int function) => _start = Unsigned((uint)function);

    public void Export(string name, byte kind, int index) =>
        _exports.Add([.. Name(name), kind, .. Unsigned((uint)index)]);

    public byte[] Build()
    {
        List<byte> module = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0];
        Add(module, 1, _types);
        Add(module, 2, _imports);
        Add(module, 3, _functions);
        if (_table is not null) Add(module, 4, [_table]);
        if (_memory is not null) Add(module, 5, [_memory]);
        Add(module, 6, _globals);
        Add(module, 7, _exports);
        if (_start is not null) module.AddRange([8, .. Unsigned((uint)_start.Length), .. _start]);
        Add(module, 9, _elements);
        Add(module, 10, _bodies);
        Add(module, 11, _data);
        if (_names.Count > 0) AddNames(module);
        return [.. module];
    }

    public static byte[] Unsigned(uint value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }

    public static byte[] Signed(long value)
    {
        List<byte> bytes = [];
        for (; value is < -64 or > 63; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)(value & 0x7F));
        return [.. bytes];
    }

    private void AddNames(List<byte> module)
    {
        List<byte> entries = [.. Unsigned((uint)_names.Count)];
        foreach ((int index, string name) in _names) entries.AddRange([.. Unsigned((uint)index), .. Name(name)]);
        byte[] content = [.. Name("name"), 1, .. Unsigned((uint)entries.Count), .. entries];
        module.AddRange([0, .. Unsigned((uint)content.Length), .. content]);
    }

    private static void Add(List<byte> module, byte id, List<byte[]> entries)
    {
        if (entries.Count == 0) return;
        List<byte> content = [.. Unsigned((uint)entries.Count)];
        foreach (byte[] entry in entries) content.AddRange(entry);
        module.AddRange([id, .. Unsigned((uint)content.Count), .. content]);
    }

    private static byte[] Name(string name)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        return [.. Unsigned((uint)text.Length), .. text];
    }

    private static byte[] Vector(WasmType[] types) =>
        [.. Unsigned((uint)types.Length), .. Array.ConvertAll(types, static t => (byte)t)];

    private static byte[] Limits(uint min, uint? max) =>
        max is { } limit ? [1, .. Unsigned(min), .. Unsigned(limit)] : [0, .. Unsigned(min)];
}
