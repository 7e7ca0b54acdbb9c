using System;
using System.Buffers.Binary;
using System.Text;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;
using Xunit;

namespace Slungd.Tests.Workflows.Abi;

/// <summary>A guest without code: memory, and an allocator that goes up, or does what the test wants. Calls functions
/// of the host directly.</summary>
internal sealed class PlainGuest : IWasmInstance, IWasmMemory, IWasmFunction
{
    public const int FirstFree = 4096;

    private uint _next = FirstFree;

    public PlainGuest(IGuestHost host)
    {
        Memory = new GuestMemory();
        Env = new EnvFunctions(host, Memory);
        Wasi = new WasiFunctions(host, Memory);
        Slung = new SlungFunctions(host, Memory);
    }

    public byte[] Bytes { get; } = new byte[65_536];

    public GuestMemory Memory { get; }

    public EnvFunctions Env { get; }

    public WasiFunctions Wasi { get; }

    public SlungFunctions Slung { get; }

    public bool HasMemory { get; set; } = true;

    public Func<int, uint>? OnAllocate { get; set; }

    public WasmTrap? AllocateTrap { get; set; }

    public WasmExternKind Kind => WasmExternKind.Function;

    public WasmSignature Signature => Signatures.I32ToI32;

    public long Length => Bytes.Length;

    public IWasmExtern? Find(string export) => export switch
    {
        "memory" => HasMemory ? this : null,
        "allocate" => this,
        _ => null,
    };

    public bool TrySlice(uint offset, uint length, out Span<byte> part)
    {
        bool isIn = (ulong)offset + length <= (ulong)Bytes.Length;
        part = isIn ? Bytes.AsSpan((int)offset, (int)length) : default;
        return isIn;
    }

    public WasmTrap? Call(ReadOnlySpan<WasmValue> arguments, Span<WasmValue> results)
    {
        if (AllocateTrap is not null) return AllocateTrap;
        int size = arguments[0].I32;
        uint at = OnAllocate?.Invoke(size) ?? _next;
        if (OnAllocate is null) _next += (uint)(size + 7) & ~7u;
        results[0] = WasmValue.FromI32((int)at);
        return null;
    }

    /// <summary>Puts a Region with this text at a place; returns the place.</summary>
    public uint Put(uint at, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Region.Write(Bytes.AsSpan((int)at), at + Region.Bytes, (uint)bytes.Length);
        bytes.CopyTo(Bytes, (int)at + Region.Bytes);
        return at;
    }

    public string TextAt(uint region)
    {
        Span<byte> fields = Bytes.AsSpan((int)region, Region.Bytes);
        int offset = BinaryPrimitives.ReadInt32LittleEndian(fields);
        int capacity = BinaryPrimitives.ReadInt32LittleEndian(fields[4..]);
        int length = BinaryPrimitives.ReadInt32LittleEndian(fields[8..]);
        Assert.Equal(length, capacity);
        return Encoding.UTF8.GetString(Bytes, offset, length);
    }

    public int Int(int at) => BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(at));

    public long Long(int at) => BinaryPrimitives.ReadInt64LittleEndian(Bytes.AsSpan(at));

    /// <summary>Calls a function of `env` or `slung` that must return; the first result as bits.</summary>
    public ulong Call(string name, params ReadOnlySpan<ulong> arguments)
    {
        HostCall call = Try((Env.Find(name) ?? Slung.Find(name))![0], arguments);
        Assert.Null(call.TrapMessage);
        Assert.False(call.Ended);
        return call.Slots[0];
    }

    /// <summary>Calls a function of WASI that must return.</summary>
    public Errno Ask(string name, params ReadOnlySpan<ulong> arguments)
    {
        HostCall call = Try(Wasi.Find(name)![0], arguments);
        Assert.False(call.Ended);
        return (Errno)(int)call.Slots[0];
    }

    public HostCall Try(HostEntry entry, params ReadOnlySpan<ulong> arguments)
    {
        Assert.Equal(entry.Signature.ParamSlots, arguments.Length);
        ulong[] slots = new ulong[Math.Max(arguments.Length, 1)];
        arguments.CopyTo(slots);
        HostCall call = new(this, slots);
        entry.Function(ref call);
        return call;
    }
}
