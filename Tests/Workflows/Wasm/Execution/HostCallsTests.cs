using System;
using System.Collections.Generic;
using Slungd.Workflows.Wasm;
using Xunit;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Wasm.Execution;

/// <summary>Between guest and host: types, traps, calls back, and what happens when the host throws.</summary>
public sealed class HostCallsTests
{
    // "run" calls the import f(i32) -> i32 with its argument, and adds 1.
    private static byte[] Caller(WasmType argument = I32)
    {
        WasmBuilder module = new();
        int f = module.Import("host", "f", module.Type([argument], argument));
        int type = module.Type([I32], I32);
        byte[] convert = argument == I64 ? [0xAD] : [], back = argument == I64 ? [0xA7] : [];
        module.Function(type, [], [0x20, 0, .. convert, 0x10, (byte)f, .. back, 0x41, 1, 0x6A], "run");
        module.Function(type, [], [0x20, 0, 0x41, 2, 0x6C], "double");
        module.Memory(1);
        return module.Build();
    }

    private static readonly WasmSignature OneToOne = new([I32], [I32]);

    [Fact]
    public void Arguments_and_results_pass_and_nothing_is_allocated()
    {
        using WasmRig rig = new();
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(call.I32(0) * 10));
        var run = (IWasmFunction)rig.Make(Caller()).Find("run")!;
        var results = new WasmValue[1];
        run.Call([WasmValue.FromI32(-4)], results);
        Assert.Equal(-39, results[0].I32);
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 1_000; i++) run.Call([WasmValue.FromI32(i)], results);
        }));
    }

    [Fact]
    public void Another_signature_is_refused_by_name_and_type()
    {
        using WasmRig rig = new();
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => { });
        WasmError error = rig.NotMade(Caller(I64));
        Assert.Equal(WasmErrorKind.Link, error.Kind);
        Assert.Equal("incompatible import type: host.f, wanted as function (i64) -> i64", error.Message);
    }

    [Fact]
    public void Unknown_imports_are_refused_by_name_and_type()
    {
        using WasmRig rig = new();
        Assert.Equal("unknown import: host.f, wanted as function (i32) -> i32", rig.NotMade(Caller()).Message);
    }

    [Fact]
    public void Host_traps_and_exits()
    {
        using WasmRig rig = new();
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) =>
        {
            if (call.I32(0) == 0) call.Trap("no zero here");
            else call.Exit(call.I32(0));
        });
        IWasmInstance instance = rig.Make(Caller());
        WasmTrap trap = WasmRig.Trap(instance, "run", 0);
        Assert.Equal((WasmTrapKind.Host, "no zero here"), (trap.Kind, trap.Message));
        Assert.Equal("run", Assert.Single(trap.Frames).Name);
        WasmTrap exit = WasmRig.Trap(instance, "run", 7);
        Assert.Equal((WasmTrapKind.Exit, 7), (exit.Kind, exit.ExitStatus));
    }

    [Fact]
    public void The_host_may_call_back_so_often_and_no_oftener()
    {
        using WasmRig rig = new();
        List<WasmTrap> traps = [];
        rig.Imports.Add("host", "f", OneToOne, (ref HostCall call) =>
        {
            int left = call.I32(0);
            string next = left > 0 ? "run" : "double";
            if (WasmRig.TryCall(call.Caller, next, out int result, left > 0 ? left - 1 : 21) is { } trap)
            {
                traps.Add(trap);
                call.Trap(trap);
                return;
            }
            call.Return(result);
        });
        IWasmInstance instance = rig.Make(Caller());
        Assert.Equal(42 + 8, WasmRig.Call(instance, "run", 7)); // eight calls back, the last of them to "double"
        Assert.Empty(traps);
        Assert.Equal(WasmTrapKind.StackExhausted, WasmRig.Trap(instance, "run", 8).Kind);
        Assert.NotEmpty(traps);
        Assert.Equal(43, WasmRig.Call(instance, "run", 0));
    }

    [Fact]
    public void What_the_host_throws_passes_through_and_the_store_goes_on()
    {
        using WasmRig rig = new();
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) =>
        {
            if (call.I32(0) == 1) throw new InvalidTimeZoneException();
            call.Return(5);
        });
        IWasmInstance instance = rig.Make(Caller());
        for (int i = 0; i < 10_000; i++) // more than there are frames: none is left behind
            Assert.Throws<InvalidTimeZoneException>(() => WasmRig.Call(instance, "run", 1));
        Assert.Equal(6, WasmRig.Call(instance, "run", 2));
    }

    [Fact]
    public void Memory_is_reached_within_its_bounds_only()
    {
        using WasmRig rig = new();
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(0));
        var memory = (IWasmMemory)rig.Make(Caller()).Find("memory")!;
        Assert.Equal(65_536, memory.Length);
        Assert.True(memory.TrySlice(65_530, 6, out Span<byte> end));
        Assert.Equal(6, end.Length);
        Assert.True(memory.TrySlice(65_536, 0, out _));
        Assert.False(memory.TrySlice(65_530, 7, out _));
        Assert.False(memory.TrySlice(uint.MaxValue, 2, out _));
        Assert.False(memory.TrySlice(0, uint.MaxValue, out _));
    }
}
