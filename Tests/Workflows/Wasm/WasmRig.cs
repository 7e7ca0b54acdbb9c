using System;
using System.Collections.Generic;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;
using Xunit;

namespace Slungd.Tests.Workflows.Wasm;

/// <summary>A store with what tests want from it: compile, instantiate, call; and a check at the end that all native
/// memory came back.</summary>
internal sealed class WasmRig : IDisposable
{
    private readonly ByteBudget _code = new(16 << 20), _native = new(256 << 20);
    private readonly List<IWasmModule> _modules = [];
    private readonly IWasmEngine _engine;

    public WasmRig(Func<WasmBudget, WasmBudget>? change = null, long? codeBytes = null, IWasmEngine? engine = null)
    {
        if (codeBytes is { } bytes) _code = new ByteBudget(bytes);
        _engine = engine ?? new EmbeddedEngine(_code);
        WasmBudget budget = new(_native);
        Store = _engine.CreateStore(change is null ? budget : change(budget));
    }

    public IWasmStore Store { get; }

    public WasmImports Imports { get; } = new();

    public IWasmModule Compile(byte[] bytes)
    {
        IWasmModule? module = _engine.TryCompile(bytes, out WasmError? error);
        Assert.True(module is not null, error?.ToString());
        _modules.Add(module);
        return module;
    }

    public WasmError Refused(byte[] bytes)
    {
        Assert.Null(_engine.TryCompile(bytes, out WasmError? error));
        return error!;
    }

    public IWasmInstance Make(byte[] bytes)
    {
        IWasmInstance? instance = Store.TryInstantiate(Compile(bytes), Imports, out WasmError? error);
        Assert.True(instance is not null, error?.ToString());
        return instance;
    }

    public WasmError NotMade(byte[] bytes)
    {
        Assert.Null(Store.TryInstantiate(Compile(bytes), Imports, out WasmError? error));
        return error!;
    }

    /// <summary>The one i32 that an export returns.</summary>
    public static int Call(IWasmInstance instance, string export, params int[] arguments)
    {
        WasmTrap? trap = TryCall(instance, export, out int result, arguments);
        Assert.True(trap is null, trap?.ToString());
        return result;
    }

    public static WasmTrap Trap(IWasmInstance instance, string export, params int[] arguments)
    {
        WasmTrap? trap = TryCall(instance, export, out _, arguments);
        Assert.NotNull(trap);
        return trap;
    }

    public static WasmTrap? TryCall(IWasmInstance instance, string export, out int result, params int[] arguments)
    {
        var function = Assert.IsType<IWasmFunction>(instance.Find(export), exactMatch: false);
        var results = new WasmValue[function.Signature.Results.Length];
        WasmTrap? trap = function.Call(Array.ConvertAll(arguments, WasmValue.FromI32), results);
        result = results.Length > 0 ? results[0].I32 : 0;
        return trap;
    }

    public void Dispose()
    {
        Store.Dispose();
        foreach (IWasmModule module in _modules) module.Dispose();
        Assert.Equal(0, _native.Used);
        Assert.Equal(0, _code.Used);
    }
}
