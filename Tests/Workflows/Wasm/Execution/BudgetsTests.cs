using System.Threading;
using Slungd.Workflows.Wasm;
using Xunit;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Wasm.Execution;

/// <summary>What a guest may use, and that it can be stopped.</summary>
public sealed class BudgetsTests
{
    private static byte[] Module()
    {
        WasmBuilder module = new WasmBuilder().Memory(1).Table(1);
        int none = module.Type([]), one = module.Type([I32], I32);
        module.Function(none, [], [0x03, 0x40, 0x0C, 0, 0x0B], "spin"); // loop br 0
        module.Function(none, [], [0x10, 1, 0x10, 1], "fan"); // calls itself twice: ends after 2^4096 calls
        module.Function(one, [], [0x20, 0, 0x40, 0], "grow");
        module.Function(one, [], [0xD0, 0x70, 0x20, 0, 0xFC, 15, 0], "grow_table");
        module.Function(one, [], [0x41, 0, 0x41, 7, 0x20, 0, 0xFC, 11, 0, 0x41, 0], "fill");
        return module.Build();
    }

    [Fact]
    public void A_spinning_guest_is_stopped_from_another_thread()
    {
        using WasmRig rig = new();
        IWasmInstance instance = rig.Make(Module());
        using Timer timer = new(_ => rig.Store.Interrupt(), null, 20, Timeout.Infinite);
        WasmTrap trap = WasmRig.Trap(instance, "spin");
        Assert.Equal(WasmTrapKind.Interrupted, trap.Kind);
        Assert.Equal("spin", trap.Frames[0].Name);
    }

    [Fact]
    public void An_interrupt_may_let_it_go_on()
    {
        int asked = 0;
        WasmRig? rig = null;
        using (rig = new WasmRig(b => b with
        {
            OnInterrupt = () =>
            {
                rig!.Store.Interrupt(); // again, at the next branch
                return ++asked < 1_000;
            },
        }))
        {
            IWasmInstance instance = rig.Make(Module());
            rig.Store.Interrupt();
            Assert.Equal(WasmTrapKind.Interrupted, WasmRig.Trap(instance, "spin").Kind);
            Assert.Equal(1_000, asked);
            Assert.Equal(WasmTrapKind.Interrupted, WasmRig.Trap(instance, "fan").Kind); // calls see it, too
        }
    }

    [Fact]
    public void Long_fills_see_an_interrupt()
    {
        using WasmRig rig = new();
        IWasmInstance instance = rig.Make(Module());
        Assert.Equal(1, WasmRig.Call(instance, "grow", 100));
        rig.Store.Interrupt();
        Assert.Equal(WasmTrapKind.Interrupted, WasmRig.Trap(instance, "fill", 101 << 16).Kind);
        Assert.Equal(0, WasmRig.Call(instance, "fill", 101 << 16));
    }

    [Fact]
    public void Memory_grows_to_its_limit_and_not_further()
    {
        using WasmRig rig = new(static b => b with { MemoryBytes = 10 << 16 });
        IWasmInstance instance = rig.Make(Module());
        Assert.Equal(1, WasmRig.Call(instance, "grow", 9));
        Assert.Equal(-1, WasmRig.Call(instance, "grow", 1));
        Assert.Equal(-1, WasmRig.Call(instance, "grow", -1));
        Assert.Equal(10, WasmRig.Call(instance, "grow", 0));
        Assert.Equal(10 << 16, ((IWasmMemory)instance.Find("memory")!).Length);
    }

    [Fact]
    public void All_guests_share_a_limit()
    {
        using WasmRig rig = new(static b => b with
        {
            Native = new Slungd.Native.Memory.ByteBudget(3 << 20), StackSlots = 1_000, MemoryBytes = 1L << 30,
        });
        IWasmInstance instance = rig.Make(Module());
        Assert.Equal(-1, WasmRig.Call(instance, "grow", 100));
        Assert.Equal(1, WasmRig.Call(instance, "grow", 20));
    }

    [Fact]
    public void Tables_grow_to_their_limit_and_not_further()
    {
        using WasmRig rig = new(static b => b with { TableElements = 100 });
        IWasmInstance instance = rig.Make(Module());
        Assert.Equal(1, WasmRig.Call(instance, "grow_table", 99));
        Assert.Equal(-1, WasmRig.Call(instance, "grow_table", 1));
        Assert.Equal(-1, WasmRig.Call(instance, "grow_table", -1));
        Assert.Equal(100u, ((IWasmTable)instance.Find("table")!).Length);
    }

    [Fact]
    public void A_module_that_wants_too_much_is_refused()
    {
        using WasmRig rig = new(static b => b with { MemoryBytes = 10 << 16 });
        Assert.Equal(WasmErrorKind.Limit, rig.NotMade(new WasmBuilder().Memory(11).Build()).Kind);
        rig.Make(new WasmBuilder().Memory(10).Build());
    }
}
