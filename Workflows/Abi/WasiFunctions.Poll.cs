using System;
using System.Buffers.Binary;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Abi;

internal sealed partial class WasiFunctions
{
    private const uint MaxSubscriptions = 64;
    private const int SubscriptionBytes = 48, EventBytes = 32;
    private static readonly TimeSpan LongestSleep = TimeSpan.FromHours(1);

    private const byte ClockKind = 0, ReadKind = 1, WriteKind = 2;

    /// <summary>What a subscription waits for; until 0 it is ready at once, as streams and mistakes are.</summary>
    private readonly record struct Wanted(ulong Data, byte Kind, Errno Error, uint Clock, ulong Until);

    /// <summary>poll_oneoff(in, out, count, stored): sleeps until the first clock is due.</summary>
    private Errno Poll(ref HostCall call, IWasmMemory guest)
    {
        uint count = call.U32(2);
        if (count == 0 || count > MaxSubscriptions) return Errno.Invalid;
        if (!guest.TrySlice(call.U32(0), count * SubscriptionBytes, out Span<byte> subscriptions)
            || !guest.TrySlice(call.U32(1), count * EventBytes, out Span<byte> events)
            || !TryPut32(guest, call.U32(3), 0))
            return Errno.Fault;
        Span<Wanted> wanted = stackalloc Wanted[(int)count]; // read before events are written: they may overlap
        for (int i = 0; i < wanted.Length; i++)
            wanted[i] = ReadSubscription(subscriptions.Slice(i * SubscriptionBytes, SubscriptionBytes));
        uint stored;
        while ((stored = PutEvents(wanted, events)) == 0)
        {
            if (host.IsEnding)
            {
                call.Exit(0);
                return Errno.Success;
            }
            host.Sleep(UntilFirst(wanted));
        }
        return TryPut32(guest, call.U32(3), stored) ? Errno.Success : Errno.Fault;
    }

    private Wanted ReadSubscription(ReadOnlySpan<byte> from)
    {
        ulong data = BinaryPrimitives.ReadUInt64LittleEndian(from), until = 0;
        byte kind = from[8];
        uint what = BinaryPrimitives.ReadUInt32LittleEndian(from[16..]); // a clock or a stream
        Errno error = kind switch
        {
            ClockKind when what <= LastClock => Errno.Success,
            ReadKind or WriteKind => FileOf(what),
            _ => Errno.Invalid,
        };
        if (kind == ClockKind && error == Errno.Success)
        {
            until = BinaryPrimitives.ReadUInt64LittleEndian(from[24..]);
            bool isAbsolute = (from[40] & 1) != 0;
            ulong now = NowNanoseconds(what);
            if (!isAbsolute) until = until > ulong.MaxValue - now ? ulong.MaxValue : now + until;
        }
        return new Wanted(data, kind, error, what, until);
    }

    private uint PutEvents(ReadOnlySpan<Wanted> wanted, Span<byte> events)
    {
        uint stored = 0;
        foreach (Wanted one in wanted)
        {
            if (one.Until > 0 && one.Until > NowNanoseconds(one.Clock)) continue;
            Span<byte> to = events.Slice((int)stored++ * EventBytes, EventBytes);
            to.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(to, one.Data);
            BinaryPrimitives.WriteUInt16LittleEndian(to[8..], (ushort)one.Error);
            to[10] = one.Kind;
        }
        return stored;
    }

    private TimeSpan UntilFirst(ReadOnlySpan<Wanted> wanted)
    {
        TimeSpan first = LongestSleep;
        foreach (Wanted one in wanted)
        {
            ulong now = NowNanoseconds(one.Clock), left = one.Until > now ? one.Until - now : 0;
            if (left < (ulong)first.Ticks * 100) first = TimeSpan.FromTicks((long)(left / 100) + 1);
        }
        return first;
    }
}
