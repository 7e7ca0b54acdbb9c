using System.Collections.Generic;
using Slungd.Tests.Workflows.Wasm;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;
using Xunit;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Abi;

/// <summary>What a module may import and must export.</summary>
public sealed class HostLinkerTests
{
    private readonly List<string> _warnings = [];

    [Fact]
    public void Known_imports_are_taken()
    {
        Assert.Null(Check(Importer("env", "u_query_live", [I32], I64)));
        Assert.Null(Check(Importer("env", "u_query_live", [I32], I32)));
        Assert.Null(Check(Importer("env", "u_poll_handle", [I64], I32)));
        Assert.Null(Check(Importer("env", "u_poll_handle", [I32], I32)));
        Assert.Null(Check(Importer("env", "u_free_handle", [I64], I32)));
        Assert.Null(Check(Importer("env", "u_free_handle", [I32], I32)));
        Assert.Null(Check(Importer("env", "u_writeback_ws", [I64, I32], I32)));
        Assert.Null(Check(Importer("env", "u_writeback_ws", [I32, I32], I32)));
        Assert.Null(Check(Importer("wasi_snapshot_preview1", "clock_time_get", [I32, I64, I32], I32)));
        Assert.Empty(_warnings);
    }

    [Theory]
    [InlineData("env", "u_magic", "unknown import env.u_magic (i32) -> i32")]
    [InlineData("other", "f", "unknown import other.f (i32) -> i32")]
    [InlineData("env", "u_query_history",
        "import env.u_query_history (i32) -> i32: expected the type (i32) -> f64")]
    [InlineData("wasi_snapshot_preview1", "fd_write",
        "import wasi_snapshot_preview1.fd_write (i32) -> i32: expected the type (i32, i32, i32, i32) -> i32")]
    public void Others_refuse_the_module_by_name_and_type(string module, string name, string expected) =>
        Assert.Equal(expected, Check(Importer(module, name, [I32], I32)));

    [Fact]
    public void Unknown_functions_of_wasi_answer_enosys_with_a_warning()
    {
        byte[] bytes = Importer("wasi_snapshot_preview1", "sock_accept", [I32], I32);
        Assert.Null(Check(bytes));
        Assert.Equal(["wasi_snapshot_preview1: not offered, answers ENOSYS: sock_accept"], _warnings);
        using WasmRig rig = new();
        WasmImports imports = HostLinker.Link(rig.Compile(bytes), new GuestRecord());
        IWasmInstance? instance = rig.Store.TryInstantiate(rig.Compile(bytes), imports, out _);
        Assert.Equal(52, WasmRig.Call(instance!, "call"));
    }

    [Fact]
    public void One_warning_names_all_that_is_not_offered_and_is_short()
    {
        Assert.Null(Check(Lacking("path_1", "path_0", "path_1")));
        Assert.Equal(["wasi_snapshot_preview1: not offered, answers ENOSYS: path_0, path_1"], _warnings);
        string[] names = new string[1_000];
        for (int i = 0; i < names.Length; i++) names[i] = $"{i:d4}{new string('x', 1_000)}";
        Assert.Null(Check(Lacking(names)));
        Assert.EndsWith(" and 968 more", _warnings[1], System.StringComparison.Ordinal);
        Assert.InRange(_warnings[1].Length, 1_000, 5_000);
        Assert.InRange(Check(Importer(new string('m', 100_000), "f", [I32], I32))!.Length, 1, 500);
    }

    private static byte[] Lacking(params string[] names)
    {
        WasmBuilder module = new WasmBuilder().Memory(1);
        int type = module.Type([I32], I32);
        foreach (string name in names) module.Import("wasi_snapshot_preview1", name, type);
        module.Function(module.Type([], I32), [], [0x41, 0], "call");
        return module.Build();
    }

    [Theory]
    [InlineData(new WasmType[] { I32 }, new WasmType[0])]
    [InlineData(new WasmType[0], new[] { I64 })]
    [InlineData(new WasmType[0], new[] { I32, I32 })]
    internal void What_can_not_be_a_function_of_wasi_is_refused(WasmType[] parameters, WasmType[] results)
    {
        WasmBuilder module = new WasmBuilder().Memory(1);
        module.Import("wasi_snapshot_preview1", "f", module.Type(parameters, results));
        module.Function(module.Type([], I32), [], [0x41, 0], "call");
        Assert.Equal($"unknown import wasi_snapshot_preview1.f {new WasmSignature(parameters, results)}",
            Check(module.Build()));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Memory_and_call_must_be_there()
    {
        WasmBuilder bare = new();
        bare.Function(bare.Type([], I32), [], [0x41, 0], "call");
        Assert.Equal("expected an exported memory", Check(bare.Build()));
        WasmBuilder idle = new();
        idle.Memory(1);
        Assert.Equal("expected an exported function call() -> i32", Check(idle.Build()));
    }

    // "call" calls the import with zeros and returns what it gives, or 0.
    private static byte[] Importer(string module, string name, WasmType[] parameters, WasmType result)
    {
        WasmBuilder builder = new();
        int import = builder.Import(module, name, builder.Type(parameters, result));
        List<byte> code = [];
        foreach (WasmType type in parameters) code.AddRange([type == I64 ? (byte)0x42 : (byte)0x41, 0]);
        code.AddRange([0x10, (byte)import]);
        if (result != I32) code.AddRange([0x1A, 0x41, 0]);
        builder.Function(builder.Type([], I32), [], [.. code], "call");
        builder.Memory(1);
        return builder.Build();
    }

    private string? Check(byte[] module)
    {
        using WasmRig rig = new();
        return HostLinker.Check(rig.Compile(module), _warnings.Add);
    }
}
