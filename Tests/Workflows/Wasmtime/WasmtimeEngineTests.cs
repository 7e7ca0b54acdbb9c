using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Native.Memory;
using Slungd.Tests.Workflows.Wasm;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;
using Slungd.Workflows.Wasmtime;
using Xunit;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Wasmtime;

/// <summary>The engine over a library with Wasmtime's interface: the same as the embedded one, and nothing is left
/// behind in the library.</summary>
public sealed class WasmtimeEngineTests
{
    private static readonly WasmSignature OneToOne = new([I32], [I32]);

    // "run" calls the import f(i32) -> i32 with its argument, and adds 1.
    private static WasmBuilder Caller()
    {
        WasmBuilder module = new WasmBuilder().Memory(1, 100);
        int type = module.Type([I32], I32), f = module.Import("host", "f", type);
        module.Function(type, [], [0x20, 0, 0x10, (byte)f, 0x41, 1, 0x6A], "run", "run");
        module.Function(type, [], [0x20, 0, 0x41, 2, 0x6C], "double");
        module.Function(type, [], [0x20, 0, 0x40, 0], "grow");
        module.Function(type, [], [0x03, 0x40, 0x0C, 0, 0x0B, 0x00], "spin");
        return module;
    }

    private static byte[] Faults()
    {
        WasmBuilder module = new WasmBuilder().Memory(1);
        int type = module.Type([I32], I32), stop = module.Import("host", "stop", type);
        int leave = module.Import("host", "leave", type);
        int inner = module.Function(type, [], [0x01, 0x00], name: "inner\n");
        module.Function(type, [], [0x20, 0, 0x10, (byte)inner], "unreachable", "outer");
        module.Function(type, [], [0x20, 0, 0x28, 2, 0], "load");
        module.Function(type, [], [0x41, 1, 0x20, 0, 0x6D], "divide");
        module.Function(type, [], [0x41, 0x80, 0x80, 0x80, 0x80, 0x78, 0x20, 0, 0x6D], "overflow");
        module.Function(type, [], [0x44, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F, 0xAA], "convert");
        module.Function(type, [], [0x20, 0, 0x10, (byte)stop], "stop");
        module.Function(type, [], [0x20, 0, 0x10, (byte)leave], "leave");
        module.Function(type, [], [0x20, 0, 0x10, (byte)stop, 0x10, (byte)inner], "after");
        return module.Build();
    }

    [StandInTheory]
    [InlineData("unreachable", 0, WasmTrapKind.Unreachable)]
    [InlineData("load", -2, WasmTrapKind.MemoryOutOfBounds)]
    [InlineData("divide", 0, WasmTrapKind.DivideByZero)]
    [InlineData("overflow", -1, WasmTrapKind.IntegerOverflow)]
    [InlineData("convert", 0, WasmTrapKind.InvalidConversion)]
    [InlineData("stop", 1, WasmTrapKind.Host)]
    [InlineData("leave", 3, WasmTrapKind.Exit)]
    [InlineData("after", 0, WasmTrapKind.Unreachable)]
    internal void Faults_read_as_the_embedded_engines(string export, int argument, WasmTrapKind kind)
    {
        using StandIn library = new();
        WasmTrap own = TrapOf(library.Engine, export, argument), embedded = TrapOf(null, export, argument);
        Assert.Equal(kind, own.Kind);
        Assert.Equal(embedded.ToString(), own.ToString());
        Assert.Equal(embedded.ExitStatus, own.ExitStatus);
        Assert.NotEmpty(own.Frames);
    }

    private static WasmTrap TrapOf(IWasmEngine? engine, string export, int argument)
    {
        using WasmRig rig = new(engine: engine);
        rig.Imports.Add("host", "stop", OneToOne, static (ref HostCall call) =>
        {
            if (call.I32(0) == 1) call.Trap("no one here");
            else call.Return(0);
        });
        rig.Imports.Add("host", "leave", OneToOne, static (ref HostCall call) => call.Exit(call.I32(0)));
        return WasmRig.Trap(rig.Make(Faults()), export, argument);
    }

    [StandInFact]
    public void Arguments_and_results_pass_and_nothing_is_allocated()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(call.I32(0) * 10));
        var run = (IWasmFunction)rig.Make(Caller().Build()).Find("run")!;
        var results = new WasmValue[1];
        Assert.Null(run.Call([WasmValue.FromI32(-4)], results));
        Assert.Equal(WasmValue.FromI32(-39), results[0]);
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 1_000; i++) run.Call([WasmValue.FromI32(i)], results);
        }));
    }

    [StandInFact]
    public void All_number_types_pass_both_ways()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        WasmType[] types = [I32, I64, F32, F64];
        WasmBuilder module = new();
        int[] imports = new int[4];
        for (int i = 0; i < 4; i++) imports[i] = module.Import("host", $"f{i}", module.Type([types[i]], types[i]));
        ulong[] seen = new ulong[4];
        for (int i = 0; i < 4; i++)
        {
            int which = i;
            module.Function(i, [], [0x20, 0, 0x10, (byte)imports[i]], $"g{i}");
            rig.Imports.Add("host", $"f{i}", new WasmSignature([types[i]], [types[i]]), (ref HostCall call) =>
            {
                seen[which] = call.Slots[0];
                call.Slots[0] = ~call.Slots[0];
            });
        }
        IWasmInstance instance = rig.Make(module.Build());
        Span<WasmValue> results = stackalloc WasmValue[1];
        for (int i = 0; i < 4; i++)
        {
            ulong bits = i % 2 == 0 ? 0x8123_4567 : 0x89AB_CDEF_0123_4567;
            Assert.Null(((IWasmFunction)instance.Find($"g{i}")!).Call([new WasmValue(types[i], bits)], results));
            Assert.Equal(bits, seen[i]);
            Assert.Equal(new WasmValue(types[i], i % 2 == 0 ? (uint)~bits : ~bits), results[0]);
        }
    }

    [StandInFact]
    public void Imports_are_refused_by_name_and_type()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine), other = new(engine: library.Engine);
        WasmError error = rig.NotMade(Caller().Build());
        Assert.Equal((WasmErrorKind.Link, "unknown import: host.f, wanted as function (i32) -> i32"),
            (error.Kind, error.Message));
        other.Imports.Add("host", "f", new WasmSignature([I64], [I32]), static (ref HostCall call) => { });
        Assert.Equal("incompatible import type: host.f, wanted as function (i32) -> i32",
            other.NotMade(Caller().Build()).Message);
    }

    [StandInFact]
    public void Modules_are_refused_by_our_validator_and_by_the_library()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        Assert.Equal(WasmErrorKind.Malformed, rig.Refused([0, 1, 2]).Kind);
        WasmBuilder wrong = new();
        wrong.Function(wrong.Type([], I32), [], [0x42, 0]);
        Assert.Equal(WasmErrorKind.Invalid, rig.Refused(wrong.Build()).Kind);
        WasmBuilder module = new();
        module.Function(module.Type([]), [], [], "refuse");
        Assert.Equal(new WasmError(WasmErrorKind.Invalid, "the compiler gives up"), rig.Refused(module.Build()));
    }

    [StandInFact]
    public void The_start_function_may_call_a_host_that_looks_into_memory()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        WasmBuilder module = Caller();
        int none = module.Type([]);
        module.Start(module.Function(none, [], [0x41, 5, 0x10, 0, 0x1A], "start"));
        module.Data(100, [9]);
        int seen = 0;
        rig.Imports.Add("host", "f", OneToOne, (ref HostCall call) =>
        {
            Assert.True(((IWasmMemory)call.Caller.Find("memory")!).TrySlice(100, 1, out Span<byte> part));
            seen = part[0];
            call.Return(WasmRig.Call(call.Caller, "double", call.I32(0)));
        });
        IWasmInstance instance = rig.Make(module.Build());
        Assert.Equal(9, seen);
        Assert.Equal(9, WasmRig.Call(instance, "run", 4));
    }

    [StandInFact]
    public void A_fault_at_the_start_says_what_and_where()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine), segment = new(engine: library.Engine);
        WasmBuilder module = new WasmBuilder().Memory(1);
        module.Start(module.Function(module.Type([]), [], [0x00], name: "begin"));
        WasmError error = rig.NotMade(module.Build());
        Assert.Equal(WasmErrorKind.Trap, error.Kind);
        Assert.Equal("begin", Assert.Single(error.Trap!.Frames).Name);
        module = new WasmBuilder().Memory(1);
        module.Data(65_535, [1, 2]);
        error = segment.NotMade(module.Build());
        Assert.Equal((WasmErrorKind.Trap, WasmTrapKind.MemoryOutOfBounds), (error.Kind, error.Trap!.Kind));
    }

    [StandInFact]
    public void Nested_faults_have_each_frame_once()
    {
        using StandIn library = new();
        Assert.Equal(Nested(null), Nested(library.Engine));

        static string Nested(IWasmEngine? engine)
        {
            using WasmRig rig = new(engine: engine);
            rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) =>
            {
                WasmTrap? trap = call.I32(0) > 0
                    ? WasmRig.TryCall(call.Caller, "run", out _, call.I32(0) - 1) : null;
                if (trap is not null) call.Trap(trap);
                else call.Trap("at the bottom");
            });
            return WasmRig.Trap(rig.Make(Caller().Build()), "run", 3).ToString();
        }
    }

    [StandInFact]
    public void The_host_may_call_back_so_often_and_no_oftener()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) =>
        {
            int left = call.I32(0);
            if (WasmRig.TryCall(call.Caller, left > 0 ? "run" : "double", out int result, left > 0 ? left - 1 : 21)
                is { } trap) call.Trap(trap);
            else call.Return(result);
        });
        IWasmInstance instance = rig.Make(Caller().Build());
        Assert.Equal(42 + 8, WasmRig.Call(instance, "run", 7));
        Assert.Equal(WasmTrapKind.StackExhausted, WasmRig.Trap(instance, "run", 8).Kind);
        Assert.Equal(43, WasmRig.Call(instance, "run", 0));
    }

    [StandInFact]
    public void What_the_host_throws_passes_around_the_library_and_the_store_goes_on()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) =>
        {
            if (call.I32(0) == 1) throw new InvalidTimeZoneException();
            call.Return(5);
        });
        IWasmInstance instance = rig.Make(Caller().Build());
        for (int i = 0; i < 100; i++)
            Assert.Throws<InvalidTimeZoneException>(() => WasmRig.Call(instance, "run", 1));
        Assert.Equal(6, WasmRig.Call(instance, "run", 2));
    }

    [StandInFact]
    public void Collections_move_nothing_that_the_library_holds()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) =>
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            call.Return(WasmRig.Call(call.Caller, "double", call.I32(0)));
        });
        IWasmInstance instance = rig.Make(Caller().Build());
        for (int i = 0; i < 3; i++) Assert.Equal(2 * i + 1, WasmRig.Call(instance, "run", i));
    }

    [StandInFact]
    public void A_spinning_guest_is_stopped_from_another_thread()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine), other = new(engine: library.Engine);
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => { });
        IWasmInstance instance = rig.Make(Caller().Build());
        using Timer timer = new(_ => rig.Store.Interrupt(), null, 20, 20);
        other.Store.Interrupt(); // concerns nobody here
        WasmTrap trap = WasmRig.Trap(instance, "spin", 0);
        Assert.Equal(WasmTrapKind.Interrupted, trap.Kind);
        Assert.Equal("spin", Assert.Single(trap.Frames).Name);
    }

    [StandInFact]
    public void An_interrupt_may_let_it_go_on()
    {
        using StandIn library = new();
        int asked = 0;
        WasmRig? rig = null;
        using (rig = new WasmRig(b => b with
        {
            OnInterrupt = () =>
            {
                rig!.Store.Interrupt(); // again, at the next branch
                return ++asked < 1_000;
            },
        }, engine: library.Engine))
        {
            rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(0));
            IWasmInstance instance = rig.Make(Caller().Build());
            rig.Store.Interrupt(); // before the call
            Assert.Equal(WasmTrapKind.Interrupted, WasmRig.Trap(instance, "spin", 0).Kind);
            Assert.Equal(1_000, asked);
        }
    }

    [StandInFact]
    public void Memory_grows_to_its_limit_and_is_found_where_it_went()
    {
        using StandIn library = new();
        using WasmRig rig = new(static b => b with { MemoryBytes = 10 << 16 }, engine: library.Engine);
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(0));
        IWasmInstance instance = rig.Make(Caller().Build());
        var memory = (IWasmMemory)instance.Find("memory")!;
        Assert.True(memory.TrySlice(65_530, 6, out Span<byte> part));
        part[0] = 77;
        Assert.False(memory.TrySlice(65_530, 7, out _));
        Assert.False(memory.TrySlice(uint.MaxValue, 2, out _));
        Assert.Equal(1, WasmRig.Call(instance, "grow", 9));
        Assert.Equal(-1, WasmRig.Call(instance, "grow", 1));
        Assert.Equal(10 << 16, memory.Length);
        Assert.True(memory.TrySlice(65_530, 7, out part));
        Assert.Equal(77, part[0]);
        Assert.Equal(WasmErrorKind.Limit, rig2(11).Kind);

        WasmError rig2(uint pages)
        {
            using WasmRig large = new(static b => b with { MemoryBytes = 10 << 16 }, engine: library.Engine);
            return large.NotMade(new WasmBuilder().Memory(pages).Build());
        }
    }

    [StandInFact]
    public void All_guests_share_a_limit()
    {
        using StandIn library = new();
        ByteBudget all = new(30 << 16);
        using WasmRig rig = new(b => b with { Native = all }, engine: library.Engine);
        using WasmRig other = new(b => b with { Native = all }, engine: library.Engine);
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(0));
        other.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(0));
        IWasmInstance first = rig.Make(Caller().Build()), second = other.Make(Caller().Build());
        Assert.Equal(2 << 16, all.Used);
        Assert.Equal(-1, WasmRig.Call(first, "grow", 30));
        Assert.Equal(1, WasmRig.Call(first, "grow", 19));
        Assert.Equal(1, WasmRig.Call(first, "run", 0));
        Assert.Equal(21 << 16, all.Used);
        // The library lets it grow; the next time that it is heard of it ends.
        Assert.Equal(1, WasmRig.Call(second, "grow", 19));
        WasmTrap trap = WasmRig.Trap(second, "run", 0);
        Assert.Equal(WasmTrapKind.OutOfMemory, trap.Kind);
        other.Store.Dispose();
        Assert.Equal(20 << 16, all.Used);
        rig.Store.Dispose();
        Assert.Equal(0, all.Used);
    }

    [StandInFact]
    public void Deep_recursion_ends()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        WasmBuilder module = new();
        module.Function(module.Type([]), [], [0x10, 0], "f");
        WasmTrap trap = WasmRig.Trap(rig.Make(module.Build()), "f");
        Assert.Equal((WasmTrapKind.StackExhausted, "call stack exhausted"), (trap.Kind, trap.Message));
        Assert.Equal(WasmTrap.MaxFrames, trap.Frames.Count);
        Assert.True(trap.FramesLeftOut > 0);
    }

    [StandInFact]
    public void Two_imports_of_one_function_are_one()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        WasmBuilder module = new();
        int type = module.Type([I32], I32), f = module.Import("host", "f", type), g = module.Import("host", "f", type);
        module.Function(type, [], [0x20, 0, 0x10, (byte)f, 0x10, (byte)g], "run");
        rig.Imports.Add("host", "f", OneToOne, static (ref HostCall call) => call.Return(call.I32(0) + 1));
        Assert.Equal(7, WasmRig.Call(rig.Make(module.Build()), "run", 5));
        Assert.NotEqual(0, library.Made);
    }

    [StandInFact]
    public void Exports_that_hold_references_are_not_handed_out()
    {
        using StandIn library = new();
        using WasmRig rig = new(engine: library.Engine);
        WasmBuilder module = new WasmBuilder().Table(1);
        module.Function(module.Type([FuncRef]), [], [], "f");
        IWasmInstance instance = rig.Make(module.Build());
        Assert.Null(instance.Find("f"));
        Assert.Null(instance.Find("table"));
        Assert.Null(instance.Find("nothing"));
    }
}
