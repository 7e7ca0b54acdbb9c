using System;
using System.Collections.Generic;
using Slungd.Native.Checks;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

internal sealed unsafe partial class EmbeddedStore
{
    // Runs in progress: more than one when a host function calls back.
    private int _depth;

    // What a host function said when it ended the guest's call.
    private string? _hostMessage;
    private int _exitStatus;
    private WasmTrap? _passed;

    /// <summary>Runs a function from the host's side. Everything about the run before, if one is in progress, is as it
    /// was when it ends, also when a host function throws.</summary>
    public WasmTrap? Call(FunctionEntry* entry, EmbeddedInstance through, WasmSignature signature,
        ReadOnlySpan<WasmValue> arguments, Span<WasmValue> results)
    {
        Invariant.Check(!_disposed && arguments.Length == signature.Params.Length
            && results.Length >= signature.Results.Length);
        ulong* frame = _machine->StackTop;
        int slots = Math.Max(signature.ParamSlots, signature.ResultSlots);
        if (_depth > Budget.Reentries || _machine->StackEnd - frame < slots
            || _machine->Record == _machine->RecordEnd)
            return new WasmTrap(WasmTrapKind.StackExhausted, TrapMessages.Of(WasmTrapKind.StackExhausted), [], 0);
        for (int i = 0, slot = 0; i < arguments.Length; i++)
        {
            Invariant.Check(arguments[i].Type == signature.Params[i]);
            frame[slot++] = arguments[i].Low;
            if (arguments[i].Type == WasmType.V128) frame[slot++] = arguments[i].High;
        }
        Machine before = *_machine;
        _depth++;
        WasmTrap? trap;
        try
        {
            trap = Run(entry, through, frame);
        }
        finally
        {
            _depth--;
            _machine->Here = before.Here;
            _machine->HereAt = before.HereAt;
            _machine->Record = before.Record;
            _machine->StackTop = before.StackTop;
        }
        if (trap is not null) return trap;
        for (int i = 0, slot = 0; i < signature.Results.Length; i++)
        {
            WasmType type = signature.Results[i];
            results[i] = new WasmValue(type, Bits(type, frame[slot++]), type == WasmType.V128 ? frame[slot++] : 0);
        }
        return null;
    }

    // The upper half of a 32-bit value's slot is anything.
    private static ulong Bits(WasmType type, ulong slot) =>
        type is WasmType.I32 or WasmType.F32 ? (uint)slot : slot;

    private WasmTrap? Run(FunctionEntry* entry, EmbeddedInstance through, ulong* frame)
    {
        Calls.Switch(_machine, entry->Instance == null ? through.Cell : entry->Instance);
        ReturnRecord* bottom = _machine->Record;
        if (entry->Instance == null)
        {
            WasmTrapKind refused = CallHost(entry, frame);
            if (refused == WasmTrapKind.None) return null;
            _machine->Trap = refused;
            return MakeTrap(bottom, inGuest: false);
        }
        bottom->Code = &_machine->LeaveCode;
        bottom->Frame = frame;
        _machine->Record = bottom + 1;
        if (_machine->StackEnd - frame < entry->FrameSlots)
            Calls.Trap(_machine, WasmTrapKind.StackExhausted, entry->Code, frame);
        else if (Interpreter.Run(this, _machine, entry->Code, frame)) return null;
        return MakeTrap(bottom + 1, inGuest: true);
    }

    /// <summary>Calls a function of the host. No allocation.</summary>
    /// <param name="entry">Which.</param>
    /// <param name="frame">Arguments, and then results.</param>
    public WasmTrapKind CallHost(FunctionEntry* entry, ulong* frame)
    {
        WasmImports.HostOffer host = _hosts[entry->Index];
        int slots = Math.Max(host.Signature.ParamSlots, host.Signature.ResultSlots);
        if (_machine->StackEnd - frame < slots) return WasmTrapKind.StackExhausted;
        ulong* top = _machine->StackTop;
        _machine->StackTop = frame + slots;
        HostCall call = new(_instances[_machine->Here.Id], new Span<ulong>(frame, slots));
        host.Function(ref call);
        _machine->StackTop = top;
        if (!call.Ended) return WasmTrapKind.None;
        (_hostMessage, _exitStatus, _passed) = (call.TrapMessage, call.ExitStatus ?? 0, call.Passed);
        return call.ExitStatus is not null ? WasmTrapKind.Exit : call.Passed?.Kind ?? WasmTrapKind.Host;
    }

    /// <summary>Makes sure that a function has code. False when the budget has no room for it.</summary>
    public bool TryTranslate(FunctionEntry* entry)
    {
        EmbeddedModule module = _instances[entry->Instance->Id].Module;
        if (module.CodeOf(entry->Index) is not { } code) return false;
        entry->FrameSlots = code.FrameSlots;
        entry->Code = code.Start;
        return true;
    }

    // Walks the records down to where the host called.
    private WasmTrap MakeTrap(ReturnRecord* bottom, bool inGuest)
    {
        WasmTrapKind kind = _machine->Trap;
        string message = TrapMessages.Of(kind);
        if (kind == WasmTrapKind.UninitializedElement) message += $" {IndexAtTrap()}";
        if (kind == WasmTrapKind.Exit) message += $" {_exitStatus}";
        WasmTrap? inner = _passed;
        message = inner?.Message ?? _hostMessage ?? message;
        int status = inner?.ExitStatus ?? _exitStatus;
        (_hostMessage, _exitStatus, _passed) = (null, 0, null);
        List<WasmFrame> frames = inner is null ? [] : [.. inner.Frames];
        int leftOut = inner?.FramesLeftOut ?? 0;
        InstanceCell* instance = _machine->HereAt;
        ushort* at = _machine->TrapAt;
        for (ReturnRecord* record = _machine->Record; inGuest; )
        {
            if (frames.Count < WasmTrap.MaxFrames) frames.Add(FrameAt(instance, at));
            else leftOut++;
            if (--record < bottom) break;
            if (record->Code == &_machine->ResumeCode)
            {
                instance = (InstanceCell*)record[-1].Frame;
                record -= 2;
            }
            at = record->Code - 1; // in the call, not behind it
        }
        return new WasmTrap(kind, message, frames, leftOut) { ExitStatus = status };
    }

    private WasmFrame FrameAt(InstanceCell* instance, ushort* at)
    {
        EmbeddedModule module = _instances[instance->Id].Module;
        if (module.FrameAt(at) is { } frame) return frame;
        Invariant.Equal(*at, (int)IrOp.Translate);
        return module.FrameOf(Calls.EntryOf(at)->Index);
    }

    private uint IndexAtTrap() => (uint)_machine->TrapFrame[_machine->TrapAt[2]];
}
