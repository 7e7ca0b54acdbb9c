using System.Linq;
using Slungd.Workflows.Wasm;
using Xunit;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Tests.Workflows.Wasm.Execution;

/// <summary>A guest's fault is a value that says what and where, and the store goes on.</summary>
public sealed class TrapsTests
{
    [Fact]
    public void Backtrace_names_functions_and_places()
    {
        using WasmRig rig = new();
        WasmBuilder module = new();
        int none = module.Type([]);
        int inner = module.Function(none, [], [0x01, 0x00], name: "inner\n"); // nop, unreachable
        int middle = module.Function(none, [], [0x10, (byte)inner], export: "exported");
        module.Function(none, [], [0x10, (byte)middle, 0x01], export: "outer");
        byte[] bytes = module.Build();
        WasmTrap trap = WasmRig.Trap(rig.Make(bytes), "outer");
        Assert.Equal(WasmTrapKind.Unreachable, trap.Kind);
        Assert.Equal("unreachable", trap.Message);
        Assert.Equal(["inner?", "exported", "outer"], trap.Frames.Select(static f => f.Name));
        Assert.Equal([0, 1, 2], trap.Frames.Select(static f => f.Function));
        // The offsets are those of the instructions: unreachable, call 0, call 1.
        Assert.Equal([0x00, 0x10, 0x10], trap.Frames.Select(f => (int)bytes[f.Offset]));
        Assert.Equal([inner, middle], trap.Frames.Skip(1).Select(f => (int)bytes[f.Offset + 1]));
        Assert.Contains("1: exported (func[1], module offset 0x", trap.ToString(), System.StringComparison.Ordinal);
    }

    [Fact]
    public void Offset_is_right_behind_fused_instructions()
    {
        using WasmRig rig = new();
        WasmBuilder module = new WasmBuilder().Memory(1);
        int type = module.Type([I32, I32], I32);
        // if (a < b) a += load(b + 0x10000): compare and branch become one, and the load is behind it.
        byte[] code = [0x20, 0, 0x20, 1, 0x48, 0x04, 0x40, 0x20, 0, 0x20, 1, 0x28, 2, 0x80, 0x80, 4, 0x6A, 0x21, 0,
            0x0B, 0x20, 0];
        module.Function(type, [], code, "f");
        byte[] bytes = module.Build();
        IWasmInstance instance = rig.Make(bytes);
        WasmTrap trap = WasmRig.Trap(instance, "f", 1, 2);
        Assert.Equal(WasmTrapKind.MemoryOutOfBounds, trap.Kind);
        Assert.Equal(0x28, bytes[Assert.Single(trap.Frames).Offset]);
        Assert.Equal(3, WasmRig.Call(instance, "f", 3, 2));
    }

    [Fact]
    public void Deep_backtraces_are_cut()
    {
        using WasmRig rig = new();
        WasmBuilder module = new();
        module.Function(module.Type([]), [], [0x10, 0], "f");
        IWasmInstance instance = rig.Make(module.Build());
        WasmTrap trap = WasmRig.Trap(instance, "f");
        Assert.Equal(WasmTrapKind.StackExhausted, trap.Kind);
        Assert.Equal(WasmTrap.MaxFrames, trap.Frames.Count);
        Assert.Equal(4_096, trap.Frames.Count + trap.FramesLeftOut); // the limit of the budget
        Assert.EndsWith($"and {4_096 - 64} more", trap.ToString());
        Assert.Equal(WasmTrapKind.StackExhausted, WasmRig.Trap(instance, "f").Kind); // and again
    }

    [Fact]
    public void Slots_are_limited_as_frames_are()
    {
        using WasmRig rig = new(static b => b with { StackSlots = 1_000 });
        WasmBuilder module = new();
        int type = module.Type([I32], I32);
        // f(n) = n == 0 ? 0 : f(n - 1), with a frame of a hundred locals
        byte[] code = [0x20, 0, 0x45, 0x04, 0x7F, 0x41, 0, 0x05, 0x20, 0, 0x41, 1, 0x6B, 0x10, 0, 0x0B];
        module.Function(type, Enumerable.Repeat(I64, 100).ToArray(), code, "f");
        IWasmInstance instance = rig.Make(module.Build());
        Assert.Equal(0, WasmRig.Call(instance, "f", 8));
        Assert.Equal(WasmTrapKind.StackExhausted, WasmRig.Trap(instance, "f", 10).Kind);
        Assert.Equal(0, WasmRig.Call(instance, "f", 8));
    }

    [Fact]
    public void Backtrace_crosses_instances()
    {
        using WasmRig rig = new();
        WasmBuilder library = new();
        library.Function(library.Type([]), [], [0x00], "fail");
        rig.Imports.Add("library", "fail", rig.Make(library.Build()).Find("fail")!);
        WasmBuilder module = new();
        int none = module.Type([]);
        int fail = module.Import("library", "fail", none);
        module.Function(none, [], [0x10, (byte)fail], "main");
        WasmTrap trap = WasmRig.Trap(rig.Make(module.Build()), "main");
        Assert.Equal(["fail", "main"], trap.Frames.Select(static f => f.Name));
    }

    [Fact]
    public void Code_has_a_budget()
    {
        using WasmRig rig = new(codeBytes: 4_000);
        WasmBuilder module = new();
        int none = module.Type([]);
        module.Function(none, [], [0x01], "small");
        module.Function(none, [], [.. Enumerable.Repeat<byte[]>([0x41, 1, 0x40, 0, 0x1A], 1_000).SelectMany(b => b)],
            "large");
        module.Memory(1);
        IWasmInstance instance = rig.Make(module.Build());
        WasmRig.TryCall(instance, "small", out _);
        WasmTrap trap = WasmRig.Trap(instance, "large");
        Assert.Equal(WasmTrapKind.OutOfMemory, trap.Kind);
        Assert.Equal("large", Assert.Single(trap.Frames).Name);
    }

    [Fact]
    public void A_trap_while_starting_is_an_error_with_a_backtrace()
    {
        using WasmRig rig = new();
        WasmBuilder module = new();
        module.Start(module.Function(module.Type([]), [], [0x00], name: "begin"));
        WasmError error = rig.NotMade(module.Build());
        Assert.Equal(WasmErrorKind.Trap, error.Kind);
        Assert.Equal("begin", Assert.Single(error.Trap!.Frames).Name);
    }
}
