using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Threading;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe, and one long function: the loop that everything a guest does goes through. Pointers because each operand is
// one address computation and one access (spans would double both); one switch because the JIT makes it one jump table
// with code, frame, memory, length and machine in registers for good. Every address of the guest is checked against
// the memory's length in 64 bits; slots and code were checked by validation and made by the translator.

/// <summary>The register machine. A comparison's branch, `break` in the loop below, adds the distance in the second
/// and third unit of the instruction.</summary>
internal static unsafe class Interpreter
{
    /// <summary>Runs until the outermost frame returns, or until a trap, which <see cref="Machine.Trap"/> then
    /// names.</summary>
    /// <param name="store">Answers what is rare; not touched otherwise.</param>
    /// <param name="machine">Its records end with one that leads to <see cref="IrOp.Leave"/>.</param>
    /// <param name="ip">The first instruction.</param>
    /// <param name="fp">The frame, arguments in front.</param>
    public static bool Run(EmbeddedStore store, Machine* machine, ushort* ip, ulong* fp)
    {
        byte* memory = machine->Here.Memory->Base;
        ulong length = machine->Here.Memory->Length;
        WasmTrapKind trap;
        while (true)
        {
            switch ((IrOp)(*ip))
            {
                case IrOp.Unreachable:
                    trap = WasmTrapKind.Unreachable;
                    goto trapped;
                case IrOp.Br: break;
                case IrOp.BrIf: if ((uint)fp[ip[1]] != 0) break; ip += 4; continue;
                case IrOp.BrUnless: if ((uint)fp[ip[1]] == 0) break; ip += 4; continue;
                case IrOp.BrTable:
                    ip += 4 + 4 * (ulong)Math.Min((uint)fp[ip[1]], *(uint*)(ip + 2)); // an entry is a branch
                    break;
                case IrOp.ReturnOne: fp[0] = fp[ip[1]]; goto case IrOp.Return;
                case IrOp.Return:
                {
                    ReturnRecord* record = machine->Record - 1;
                    machine->Record = record;
                    ip = record->Code;
                    fp = record->Frame;
                    continue;
                }
                case IrOp.ReturnMany:
                    Move(fp, fp + ip[1], ip[2]);
                    goto case IrOp.Return;
                case IrOp.Call:
                {
                    FunctionEntry* callee = machine->Here.Functions[*(uint*)(ip + 2)];
                    ulong* frame = fp + ip[1];
                    ReturnRecord* record = machine->Record;
                    if (frame + callee->FrameSlots > machine->StackEnd || record == machine->RecordEnd) goto exhausted;
                    if (Volatile.Read(ref machine->Interrupt) != 0) goto interrupted;
                    record->Code = ip + 4;
                    record->Frame = fp;
                    machine->Record = record + 1;
                    fp = frame;
                    ip = callee->Code;
                    continue;
                }
                case IrOp.CallImport:
                    if (!Calls.Enter(store, machine, machine->Here.Functions[*(uint*)(ip + 2)], ip, ip + 4, fp))
                        return false;
                    goto reload;
                case IrOp.CallIndirect:
                {
                    TableCell* table = machine->Here.Tables[ip[3]];
                    uint index = (uint)fp[ip[2]];
                    if (index >= table->Length) goto undefinedElement;
                    FunctionEntry* callee = (FunctionEntry*)table->Elements[index];
                    if (callee == null) goto uninitializedElement;
                    if (callee->Type != machine->Here.Types[*(uint*)(ip + 4)]) goto signatureMismatch;
                    if (!Calls.Enter(store, machine, callee, ip, ip + 6, fp)) return false;
                    goto reload;
                }
                case IrOp.Leave: return true;
                case IrOp.Resume:
                    Calls.Resume(machine);
                    goto reload;
                case IrOp.Translate:
                    ip = Calls.Translate(store, machine, ip, fp);
                    if (ip == null) return false;
                    continue;
                case IrOp.Copy: fp[ip[1]] = fp[ip[2]]; ip += 3; continue;
                case IrOp.CopyTwo: fp[ip[1]] = fp[ip[2]]; fp[ip[3]] = fp[ip[4]]; ip += 5; continue;
                case IrOp.CopyMany:
                    Move(fp + ip[1], fp + ip[2], ip[3]);
                    ip += 4;
                    continue;
                case IrOp.Const32: fp[ip[1]] = *(uint*)(ip + 2); ip += 4; continue;
                case IrOp.Const64: fp[ip[1]] = *(ulong*)(ip + 2); ip += 6; continue;
                case IrOp.ZeroLocals:
                    for (ulong* at = fp + ip[1], end = at + ip[2]; at < end; at++) *at = 0;
                    ip += 3;
                    continue;
                case IrOp.GlobalGet: fp[ip[1]] = *machine->Here.Globals[*(uint*)(ip + 2)]; ip += 4; continue;
                case IrOp.GlobalSet: *machine->Here.Globals[*(uint*)(ip + 2)] = fp[ip[1]]; ip += 4; continue;
                case IrOp.Select: fp[ip[1]] = fp[(uint)fp[ip[2]] != 0 ? ip[3] : ip[4]]; ip += 5; continue;
                case IrOp.BrCopy: fp[ip[1]] = fp[ip[4]]; break;
                case IrOp.BrIfAnd: if (((uint)fp[ip[1]] & *(uint*)(ip + 4)) != 0) break; ip += 6; continue;
                case IrOp.BrUnlessAnd: if (((uint)fp[ip[1]] & *(uint*)(ip + 4)) == 0) break; ip += 6; continue;
                case IrOp.BrLoad8Eq:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 4);
                    if (at + 1 > length) goto memoryFault;
                    if (memory[at] == ip[6]) break;
                    ip += 7;
                    continue;
                }
                case IrOp.BrLoad8Ne:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 4);
                    if (at + 1 > length) goto memoryFault;
                    if (memory[at] != ip[6]) break;
                    ip += 7;
                    continue;
                }
                case IrOp.I32Eq: fp[ip[1]] = (uint)fp[ip[2]] == (uint)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I32Ne: fp[ip[1]] = (uint)fp[ip[2]] != (uint)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I32LtS: fp[ip[1]] = (int)fp[ip[2]] < (int)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I32LtU: fp[ip[1]] = (uint)fp[ip[2]] < (uint)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I32LeS: fp[ip[1]] = (int)fp[ip[2]] <= (int)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I32LeU: fp[ip[1]] = (uint)fp[ip[2]] <= (uint)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I32EqImm: fp[ip[1]] = (int)fp[ip[2]] == *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I32NeImm: fp[ip[1]] = (int)fp[ip[2]] != *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I32LtSImm: fp[ip[1]] = (int)fp[ip[2]] < *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I32LtUImm: fp[ip[1]] = (uint)fp[ip[2]] < *(uint*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I32GtSImm: fp[ip[1]] = (int)fp[ip[2]] > *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I32GtUImm: fp[ip[1]] = (uint)fp[ip[2]] > *(uint*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.BrI32Eq: if ((uint)fp[ip[1]] == (uint)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI32Ne: if ((uint)fp[ip[1]] != (uint)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI32LtS: if ((int)fp[ip[1]] < (int)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI32LtU: if ((uint)fp[ip[1]] < (uint)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI32LeS: if ((int)fp[ip[1]] <= (int)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI32LeU: if ((uint)fp[ip[1]] <= (uint)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI32EqImm: if ((int)fp[ip[1]] == *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI32NeImm: if ((int)fp[ip[1]] != *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI32LtSImm: if ((int)fp[ip[1]] < *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI32LtUImm: if ((uint)fp[ip[1]] < *(uint*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI32GtSImm: if ((int)fp[ip[1]] > *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI32GtUImm: if ((uint)fp[ip[1]] > *(uint*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrStepEq: if (Step(ip, fp) == (uint)fp[ip[5]]) break; ip += 6; continue;
                case IrOp.BrStepNe: if (Step(ip, fp) != (uint)fp[ip[5]]) break; ip += 6; continue;
                case IrOp.BrStepLtS: if ((int)Step(ip, fp) < (int)fp[ip[5]]) break; ip += 6; continue;
                case IrOp.BrStepLtU: if (Step(ip, fp) < (uint)fp[ip[5]]) break; ip += 6; continue;
                case IrOp.BrStepLeS: if ((int)Step(ip, fp) <= (int)fp[ip[5]]) break; ip += 6; continue;
                case IrOp.BrStepLeU: if (Step(ip, fp) <= (uint)fp[ip[5]]) break; ip += 6; continue;
                case IrOp.BrStepEqImm: if ((int)Step(ip, fp) == *(int*)(ip + 5)) break; ip += 7; continue;
                case IrOp.BrStepNeImm: if ((int)Step(ip, fp) != *(int*)(ip + 5)) break; ip += 7; continue;
                case IrOp.BrStepLtSImm: if ((int)Step(ip, fp) < *(int*)(ip + 5)) break; ip += 7; continue;
                case IrOp.BrStepLtUImm: if (Step(ip, fp) < *(uint*)(ip + 5)) break; ip += 7; continue;
                case IrOp.BrStepGtSImm: if ((int)Step(ip, fp) > *(int*)(ip + 5)) break; ip += 7; continue;
                case IrOp.BrStepGtUImm: if (Step(ip, fp) > *(uint*)(ip + 5)) break; ip += 7; continue;
                case IrOp.I64Eq: fp[ip[1]] = fp[ip[2]] == fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I64Ne: fp[ip[1]] = fp[ip[2]] != fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I64LtS: fp[ip[1]] = (long)fp[ip[2]] < (long)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I64LtU: fp[ip[1]] = fp[ip[2]] < fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I64LeS: fp[ip[1]] = (long)fp[ip[2]] <= (long)fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I64LeU: fp[ip[1]] = fp[ip[2]] <= fp[ip[3]] ? 1u : 0; ip += 4; continue;
                case IrOp.I64EqImm: fp[ip[1]] = (long)fp[ip[2]] == *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I64NeImm: fp[ip[1]] = (long)fp[ip[2]] != *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I64LtSImm: fp[ip[1]] = (long)fp[ip[2]] < *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I64LtUImm: fp[ip[1]] = fp[ip[2]] < (ulong)(long)*(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I64GtSImm: fp[ip[1]] = (long)fp[ip[2]] > *(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.I64GtUImm: fp[ip[1]] = fp[ip[2]] > (ulong)(long)*(int*)(ip + 3) ? 1u : 0; ip += 5; continue;
                case IrOp.BrI64Eq: if (fp[ip[1]] == fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI64Ne: if (fp[ip[1]] != fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI64LtS: if ((long)fp[ip[1]] < (long)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI64LtU: if (fp[ip[1]] < fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI64LeS: if ((long)fp[ip[1]] <= (long)fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI64LeU: if (fp[ip[1]] <= fp[ip[4]]) break; ip += 5; continue;
                case IrOp.BrI64EqImm: if ((long)fp[ip[1]] == *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI64NeImm: if ((long)fp[ip[1]] != *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI64LtSImm: if ((long)fp[ip[1]] < *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI64LtUImm: if (fp[ip[1]] < (ulong)(long)*(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI64GtSImm: if ((long)fp[ip[1]] > *(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.BrI64GtUImm: if (fp[ip[1]] > (ulong)(long)*(int*)(ip + 4)) break; ip += 6; continue;
                case IrOp.F32Eq: fp[ip[1]] = *(float*)(fp + ip[2]) == *(float*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.F32Ne: fp[ip[1]] = *(float*)(fp + ip[2]) != *(float*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.F32Lt: fp[ip[1]] = *(float*)(fp + ip[2]) < *(float*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.F32Le: fp[ip[1]] = *(float*)(fp + ip[2]) <= *(float*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.BrF32Eq: if (*(float*)(fp + ip[1]) == *(float*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF32Ne: if (*(float*)(fp + ip[1]) != *(float*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF32Lt: if (*(float*)(fp + ip[1]) < *(float*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF32Le: if (*(float*)(fp + ip[1]) <= *(float*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF32NotLt: if (!(*(float*)(fp + ip[1]) < *(float*)(fp + ip[4]))) break; ip += 5; continue;
                case IrOp.BrF32NotLe: if (!(*(float*)(fp + ip[1]) <= *(float*)(fp + ip[4]))) break; ip += 5; continue;
                case IrOp.F64Eq:
                    fp[ip[1]] = *(double*)(fp + ip[2]) == *(double*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.F64Ne:
                    fp[ip[1]] = *(double*)(fp + ip[2]) != *(double*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.F64Lt:
                    fp[ip[1]] = *(double*)(fp + ip[2]) < *(double*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.F64Le:
                    fp[ip[1]] = *(double*)(fp + ip[2]) <= *(double*)(fp + ip[3]) ? 1u : 0; ip += 4; continue;
                case IrOp.BrF64Eq: if (*(double*)(fp + ip[1]) == *(double*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF64Ne: if (*(double*)(fp + ip[1]) != *(double*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF64Lt: if (*(double*)(fp + ip[1]) < *(double*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF64Le: if (*(double*)(fp + ip[1]) <= *(double*)(fp + ip[4])) break; ip += 5; continue;
                case IrOp.BrF64NotLt: if (!(*(double*)(fp + ip[1]) < *(double*)(fp + ip[4]))) break; ip += 5; continue;
                case IrOp.BrF64NotLe: if (!(*(double*)(fp + ip[1]) <= *(double*)(fp + ip[4]))) break; ip += 5; continue;
                case IrOp.I32Add: fp[ip[1]] = (uint)fp[ip[2]] + (uint)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32Sub: fp[ip[1]] = (uint)fp[ip[2]] - (uint)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32Mul: fp[ip[1]] = (uint)fp[ip[2]] * (uint)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32And: fp[ip[1]] = (uint)fp[ip[2]] & (uint)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32Or: fp[ip[1]] = (uint)fp[ip[2]] | (uint)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32Xor: fp[ip[1]] = (uint)fp[ip[2]] ^ (uint)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32AddImm: fp[ip[1]] = (uint)fp[ip[2]] + *(uint*)(ip + 3); ip += 5; continue;
                case IrOp.I32MulImm: fp[ip[1]] = (uint)fp[ip[2]] * *(uint*)(ip + 3); ip += 5; continue;
                case IrOp.I32AndImm: fp[ip[1]] = (uint)fp[ip[2]] & *(uint*)(ip + 3); ip += 5; continue;
                case IrOp.I32OrImm: fp[ip[1]] = (uint)fp[ip[2]] | *(uint*)(ip + 3); ip += 5; continue;
                case IrOp.I32XorImm: fp[ip[1]] = (uint)fp[ip[2]] ^ *(uint*)(ip + 3); ip += 5; continue;
                case IrOp.I32Shl: fp[ip[1]] = (uint)fp[ip[2]] << (int)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32ShrS: fp[ip[1]] = (uint)((int)fp[ip[2]] >> (int)fp[ip[3]]); ip += 4; continue;
                case IrOp.I32ShrU: fp[ip[1]] = (uint)fp[ip[2]] >> (int)fp[ip[3]]; ip += 4; continue;
                case IrOp.I32Rotl:
                    fp[ip[1]] = BitOperations.RotateLeft((uint)fp[ip[2]], (int)fp[ip[3]]); ip += 4; continue;
                case IrOp.I32Rotr:
                    fp[ip[1]] = BitOperations.RotateRight((uint)fp[ip[2]], (int)fp[ip[3]]); ip += 4; continue;
                case IrOp.I32ShlImm: fp[ip[1]] = (uint)fp[ip[2]] << ip[3]; ip += 5; continue;
                case IrOp.I32ShrSImm: fp[ip[1]] = (uint)((int)fp[ip[2]] >> ip[3]); ip += 5; continue;
                case IrOp.I32ShrUImm: fp[ip[1]] = (uint)fp[ip[2]] >> ip[3]; ip += 5; continue;
                case IrOp.I32RotlImm: fp[ip[1]] = BitOperations.RotateLeft((uint)fp[ip[2]], ip[3]); ip += 5; continue;
                case IrOp.I32DivS:
                    if ((int)fp[ip[3]] == 0) goto divideByZero;
                    if ((int)fp[ip[3]] == -1 && (int)fp[ip[2]] == int.MinValue) goto overflow;
                    fp[ip[1]] = (uint)((int)fp[ip[2]] / (int)fp[ip[3]]); ip += 4; continue;
                case IrOp.I32DivU:
                    if ((uint)fp[ip[3]] == 0) goto divideByZero; fp[ip[1]] = (uint)fp[ip[2]] / (uint)fp[ip[3]];
                    ip += 4; continue;
                case IrOp.I32RemS:
                    if ((int)fp[ip[3]] == 0) goto divideByZero;
                    fp[ip[1]] = (int)fp[ip[3]] == -1 ? 0 : (uint)((int)fp[ip[2]] % (int)fp[ip[3]]); ip += 4;
                    continue;
                case IrOp.I32RemU:
                    if ((uint)fp[ip[3]] == 0) goto divideByZero; fp[ip[1]] = (uint)fp[ip[2]] % (uint)fp[ip[3]];
                    ip += 4; continue;
                case IrOp.I32DivSImm: fp[ip[1]] = (uint)((int)fp[ip[2]] / *(int*)(ip + 3)); ip += 5; continue;
                case IrOp.I32DivUImm: fp[ip[1]] = (uint)fp[ip[2]] / *(uint*)(ip + 3); ip += 5; continue;
                case IrOp.I32RemSImm: fp[ip[1]] = (uint)((int)fp[ip[2]] % *(int*)(ip + 3)); ip += 5; continue;
                case IrOp.I32RemUImm: fp[ip[1]] = (uint)fp[ip[2]] % *(uint*)(ip + 3); ip += 5; continue;
                case IrOp.I32Clz: fp[ip[1]] = (uint)BitOperations.LeadingZeroCount((uint)fp[ip[2]]); ip += 3; continue;
                case IrOp.I32Ctz: fp[ip[1]] = (uint)BitOperations.TrailingZeroCount((uint)fp[ip[2]]); ip += 3; continue;
                case IrOp.I32Popcnt: fp[ip[1]] = (uint)BitOperations.PopCount((uint)fp[ip[2]]); ip += 3; continue;
                case IrOp.I32Extend8: fp[ip[1]] = (uint)(sbyte)fp[ip[2]]; ip += 3; continue;
                case IrOp.I32Extend16: fp[ip[1]] = (uint)(short)fp[ip[2]]; ip += 3; continue;
                case IrOp.I32MulAdd: fp[ip[1]] = (uint)fp[ip[2]] + (uint)fp[ip[3]] * (uint)fp[ip[4]]; ip += 5; continue;
                case IrOp.I32MulAddImm:
                    fp[ip[1]] = (uint)fp[ip[2]] * *(uint*)(ip + 3) + *(uint*)(ip + 5); ip += 7; continue;
                case IrOp.I32ShlAdd: fp[ip[1]] = (uint)fp[ip[2]] + ((uint)fp[ip[3]] << ip[4]); ip += 5; continue;
                case IrOp.I32ShlAddImm: fp[ip[1]] = ((uint)fp[ip[2]] << ip[3]) + *(uint*)(ip + 4); ip += 6; continue;
                case IrOp.I64Add: fp[ip[1]] = fp[ip[2]] + fp[ip[3]]; ip += 4; continue;
                case IrOp.I64Sub: fp[ip[1]] = fp[ip[2]] - fp[ip[3]]; ip += 4; continue;
                case IrOp.I64Mul: fp[ip[1]] = fp[ip[2]] * fp[ip[3]]; ip += 4; continue;
                case IrOp.I64And: fp[ip[1]] = fp[ip[2]] & fp[ip[3]]; ip += 4; continue;
                case IrOp.I64Or: fp[ip[1]] = fp[ip[2]] | fp[ip[3]]; ip += 4; continue;
                case IrOp.I64Xor: fp[ip[1]] = fp[ip[2]] ^ fp[ip[3]]; ip += 4; continue;
                case IrOp.I64AddImm: fp[ip[1]] = fp[ip[2]] + (ulong)(long)*(int*)(ip + 3); ip += 5; continue;
                case IrOp.I64MulImm: fp[ip[1]] = fp[ip[2]] * (ulong)(long)*(int*)(ip + 3); ip += 5; continue;
                case IrOp.I64AndImm: fp[ip[1]] = fp[ip[2]] & (ulong)(long)*(int*)(ip + 3); ip += 5; continue;
                case IrOp.I64OrImm: fp[ip[1]] = fp[ip[2]] | (ulong)(long)*(int*)(ip + 3); ip += 5; continue;
                case IrOp.I64XorImm: fp[ip[1]] = fp[ip[2]] ^ (ulong)(long)*(int*)(ip + 3); ip += 5; continue;
                case IrOp.I64Shl: fp[ip[1]] = fp[ip[2]] << (int)fp[ip[3]]; ip += 4; continue;
                case IrOp.I64ShrS: fp[ip[1]] = (ulong)((long)fp[ip[2]] >> (int)fp[ip[3]]); ip += 4; continue;
                case IrOp.I64ShrU: fp[ip[1]] = fp[ip[2]] >> (int)fp[ip[3]]; ip += 4; continue;
                case IrOp.I64Rotl: fp[ip[1]] = BitOperations.RotateLeft(fp[ip[2]], (int)fp[ip[3]]); ip += 4; continue;
                case IrOp.I64Rotr: fp[ip[1]] = BitOperations.RotateRight(fp[ip[2]], (int)fp[ip[3]]); ip += 4; continue;
                case IrOp.I64ShlImm: fp[ip[1]] = fp[ip[2]] << ip[3]; ip += 5; continue;
                case IrOp.I64ShrSImm: fp[ip[1]] = (ulong)((long)fp[ip[2]] >> ip[3]); ip += 5; continue;
                case IrOp.I64ShrUImm: fp[ip[1]] = fp[ip[2]] >> ip[3]; ip += 5; continue;
                case IrOp.I64RotlImm: fp[ip[1]] = BitOperations.RotateLeft(fp[ip[2]], ip[3]); ip += 5; continue;
                case IrOp.I64DivS:
                    if ((long)fp[ip[3]] == 0) goto divideByZero;
                    if ((long)fp[ip[3]] == -1 && (long)fp[ip[2]] == long.MinValue) goto overflow;
                    fp[ip[1]] = (ulong)((long)fp[ip[2]] / (long)fp[ip[3]]); ip += 4; continue;
                case IrOp.I64DivU:
                    if (fp[ip[3]] == 0) goto divideByZero; fp[ip[1]] = fp[ip[2]] / fp[ip[3]]; ip += 4; continue;
                case IrOp.I64RemS:
                    if ((long)fp[ip[3]] == 0) goto divideByZero;
                    fp[ip[1]] = (long)fp[ip[3]] == -1 ? 0 : (ulong)((long)fp[ip[2]] % (long)fp[ip[3]]); ip += 4;
                    continue;
                case IrOp.I64RemU:
                    if (fp[ip[3]] == 0) goto divideByZero; fp[ip[1]] = fp[ip[2]] % fp[ip[3]]; ip += 4; continue;
                case IrOp.I64DivSImm: fp[ip[1]] = (ulong)((long)fp[ip[2]] / *(int*)(ip + 3)); ip += 5; continue;
                case IrOp.I64DivUImm: fp[ip[1]] = fp[ip[2]] / (ulong)(long)*(int*)(ip + 3); ip += 5; continue;
                case IrOp.I64RemSImm: fp[ip[1]] = (ulong)((long)fp[ip[2]] % *(int*)(ip + 3)); ip += 5; continue;
                case IrOp.I64RemUImm: fp[ip[1]] = fp[ip[2]] % (ulong)(long)*(int*)(ip + 3); ip += 5; continue;
                case IrOp.I64Clz: fp[ip[1]] = (ulong)BitOperations.LeadingZeroCount(fp[ip[2]]); ip += 3; continue;
                case IrOp.I64Ctz: fp[ip[1]] = (ulong)BitOperations.TrailingZeroCount(fp[ip[2]]); ip += 3; continue;
                case IrOp.I64Popcnt: fp[ip[1]] = (ulong)BitOperations.PopCount(fp[ip[2]]); ip += 3; continue;
                case IrOp.I64Extend8: fp[ip[1]] = (ulong)(sbyte)fp[ip[2]]; ip += 3; continue;
                case IrOp.I64Extend16: fp[ip[1]] = (ulong)(short)fp[ip[2]]; ip += 3; continue;
                case IrOp.I64Extend32: fp[ip[1]] = (ulong)(int)fp[ip[2]]; ip += 3; continue;
                case IrOp.Low32: fp[ip[1]] = (uint)fp[ip[2]]; ip += 3; continue;
                case IrOp.F32Add:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) + *(float*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F32Sub:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) - *(float*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F32Mul:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) * *(float*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F32Div:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) / *(float*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F32AddImm:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) + *(float*)(ip + 3); ip += 5; continue;
                case IrOp.F32SubImm:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) - *(float*)(ip + 3); ip += 5; continue;
                case IrOp.F32MulImm:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) * *(float*)(ip + 3); ip += 5; continue;
                case IrOp.F32DivImm:
                    *(float*)(fp + ip[1]) = *(float*)(fp + ip[2]) / *(float*)(ip + 3); ip += 5; continue;
                case IrOp.F32Sqrt: *(float*)(fp + ip[1]) = MathF.Sqrt(*(float*)(fp + ip[2])); ip += 3; continue;
                case IrOp.F64Add:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) + *(double*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F64Sub:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) - *(double*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F64Mul:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) * *(double*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F64Div:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) / *(double*)(fp + ip[3]); ip += 4; continue;
                case IrOp.F64AddImm:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) + *(double*)(ip + 3); ip += 7; continue;
                case IrOp.F64SubImm:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) - *(double*)(ip + 3); ip += 7; continue;
                case IrOp.F64MulImm:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) * *(double*)(ip + 3); ip += 7; continue;
                case IrOp.F64DivImm:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) / *(double*)(ip + 3); ip += 7; continue;
                case IrOp.F64Sqrt: *(double*)(fp + ip[1]) = Math.Sqrt(*(double*)(fp + ip[2])); ip += 3; continue;
                case IrOp.F32Abs: fp[ip[1]] = (uint)fp[ip[2]] & 0x7FFFFFFF; ip += 3; continue;
                case IrOp.F32Neg: fp[ip[1]] = (uint)fp[ip[2]] ^ 0x80000000; ip += 3; continue;
                case IrOp.F64Abs: fp[ip[1]] = fp[ip[2]] & ~(1UL << 63); ip += 3; continue;
                case IrOp.F64Neg: fp[ip[1]] = fp[ip[2]] ^ (1UL << 63); ip += 3; continue;
                case IrOp.F64FromI32S: *(double*)(fp + ip[1]) = (int)fp[ip[2]]; ip += 3; continue;
                case IrOp.F64FromI32U: *(double*)(fp + ip[1]) = (uint)fp[ip[2]]; ip += 3; continue;
                case IrOp.F64MulAdd:
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) + *(double*)(fp + ip[3]) * *(double*)(fp + ip[4]);
                    ip += 5; continue;
                case IrOp.Load32:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 4 > length) goto memoryFault;
                    fp[ip[1]] = *(uint*)(memory + at);
                    ip += 5;
                    continue;
                }
                case IrOp.Load64:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 8 > length) goto memoryFault;
                    fp[ip[1]] = *(ulong*)(memory + at);
                    ip += 5;
                    continue;
                }
                case IrOp.Load8U:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 1 > length) goto memoryFault;
                    fp[ip[1]] = memory[at];
                    ip += 5;
                    continue;
                }
                case IrOp.Load16U:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 2 > length) goto memoryFault;
                    fp[ip[1]] = *(ushort*)(memory + at);
                    ip += 5;
                    continue;
                }
                case IrOp.I32Load8S:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 1 > length) goto memoryFault;
                    fp[ip[1]] = (uint)(sbyte)memory[at];
                    ip += 5;
                    continue;
                }
                case IrOp.I32Load16S:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 2 > length) goto memoryFault;
                    fp[ip[1]] = (uint)*(short*)(memory + at);
                    ip += 5;
                    continue;
                }
                case IrOp.I64Load8S:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 1 > length) goto memoryFault;
                    fp[ip[1]] = (ulong)(sbyte)memory[at];
                    ip += 5;
                    continue;
                }
                case IrOp.I64Load16S:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 2 > length) goto memoryFault;
                    fp[ip[1]] = (ulong)*(short*)(memory + at);
                    ip += 5;
                    continue;
                }
                case IrOp.I64Load32S:
                {
                    ulong at = (uint)fp[ip[2]] + (ulong)*(uint*)(ip + 3);
                    if (at + 4 > length) goto memoryFault;
                    fp[ip[1]] = (ulong)*(int*)(memory + at);
                    ip += 5;
                    continue;
                }
                case IrOp.Store8:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 1 > length) goto memoryFault;
                    *(byte*)(memory + at) = (byte)fp[ip[2]];
                    ip += 5;
                    continue;
                }
                case IrOp.Store16:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 2 > length) goto memoryFault;
                    *(ushort*)(memory + at) = (ushort)fp[ip[2]];
                    ip += 5;
                    continue;
                }
                case IrOp.Store32:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 4 > length) goto memoryFault;
                    *(uint*)(memory + at) = (uint)fp[ip[2]];
                    ip += 5;
                    continue;
                }
                case IrOp.Store64:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 8 > length) goto memoryFault;
                    *(ulong*)(memory + at) = fp[ip[2]];
                    ip += 5;
                    continue;
                }
                case IrOp.Store8Imm:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 1 > length) goto memoryFault;
                    *(byte*)(memory + at) = (byte)ip[2];
                    ip += 5;
                    continue;
                }
                case IrOp.Store16Imm:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 2 > length) goto memoryFault;
                    *(ushort*)(memory + at) = ip[2];
                    ip += 5;
                    continue;
                }
                case IrOp.Store32Imm:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 4 > length) goto memoryFault;
                    *(int*)(memory + at) = (short)ip[2];
                    ip += 5;
                    continue;
                }
                case IrOp.Store64Imm:
                {
                    ulong at = (uint)fp[ip[1]] + (ulong)*(uint*)(ip + 3);
                    if (at + 8 > length) goto memoryFault;
                    *(long*)(memory + at) = (short)ip[2];
                    ip += 5;
                    continue;
                }
                case IrOp.I32AddLoad:
                {
                    ulong at = (uint)fp[ip[3]] + (ulong)*(uint*)(ip + 4);
                    if (at + 4 > length) goto memoryFault;
                    fp[ip[1]] = (uint)fp[ip[2]] + *(uint*)(memory + at);
                    ip += 6;
                    continue;
                }
                case IrOp.F64AddLoad:
                {
                    ulong at = (uint)fp[ip[3]] + (ulong)*(uint*)(ip + 4);
                    if (at + 8 > length) goto memoryFault;
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) + *(double*)(memory + at);
                    ip += 6;
                    continue;
                }
                case IrOp.F64MulLoad:
                {
                    ulong at = (uint)fp[ip[3]] + (ulong)*(uint*)(ip + 4);
                    if (at + 8 > length) goto memoryFault;
                    *(double*)(fp + ip[1]) = *(double*)(fp + ip[2]) * *(double*)(memory + at);
                    ip += 6;
                    continue;
                }
                default:
                    ushort* next = *ip < (ushort)IrOp.CopyWide
                        ? RareOperations.Run(store, machine, ip, fp)
                        : VectorOperations.Run(machine, ip, fp);
                    if (next == null) return false;
                    ip = next;
                    length = machine->Here.Memory->Length;
                    continue;
            }
            ip += *(int*)(ip + 2);
            if (Volatile.Read(ref machine->Interrupt) == 0) continue;
        interrupted:
            if (store.MayGoOn()) continue;
            trap = WasmTrapKind.Interrupted;
            goto trapped;
        reload:
            ip = machine->NextCode;
            fp = machine->NextFrame;
            memory = machine->Here.Memory->Base;
            length = machine->Here.Memory->Length;
        }
    memoryFault:
        trap = WasmTrapKind.MemoryOutOfBounds;
        goto trapped;
    divideByZero:
        trap = WasmTrapKind.DivideByZero;
        goto trapped;
    overflow:
        trap = WasmTrapKind.IntegerOverflow;
        goto trapped;
    exhausted:
        trap = WasmTrapKind.StackExhausted;
        goto trapped;
    undefinedElement:
        trap = WasmTrapKind.UndefinedElement;
        goto trapped;
    uninitializedElement:
        trap = WasmTrapKind.UninitializedElement;
        goto trapped;
    signatureMismatch:
        trap = WasmTrapKind.SignatureMismatch;
    trapped:
        machine->TrapFrame = fp;
        machine->TrapAt = ip;
        machine->Trap = trap;
        return false;
    }

    // Adds what a counting branch adds to its first operand.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Step(ushort* ip, ulong* fp)
    {
        uint next = (uint)fp[ip[1]] + (uint)(short)ip[4];
        fp[ip[1]] = next;
        return next;
    }

    // Upwards: operands move towards the bottom of the stack, so that what is not yet moved is never overwritten.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Move(ulong* target, ulong* source, int count)
    {
        for (int i = 0; i < count; i++) target[i] = source[i];
    }
}
