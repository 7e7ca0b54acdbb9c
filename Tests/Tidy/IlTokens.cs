using System;
using System.Collections.Generic;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Slungd.Tests.Tidy;

/// <summary>Lists the metadata tokens that a method body mentions (ECMA-335, partition III).</summary>
internal static class IlTokens
{
    private static readonly Dictionary<ushort, OperandType> Operands = OperandTypes();

    public static IEnumerable<EntityHandle> In(MethodBodyBlock body)
    {
        byte[] il = body.GetILBytes() ?? [];
        int at = 0;
        while (at < il.Length)
        {
            ushort code = il[at++];
            if (code == 0xfe) code = (ushort)(0xfe00 | il[at++]);
            switch (Operands[code])
            {
                case OperandType.InlineNone: break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    at += 1;
                    break;
                case OperandType.InlineVar: at += 2; break;
                case OperandType.InlineI8 or OperandType.InlineR: at += 8; break;
                case OperandType.InlineSwitch: at += 4 + 4 * BitConverter.ToInt32(il, at); break;
                case OperandType.InlineField or OperandType.InlineMethod:
                case OperandType.InlineTok or OperandType.InlineType:
                    yield return (EntityHandle)MetadataTokens.Handle(BitConverter.ToInt32(il, at));
                    at += 4;
                    break;
                default: at += 4; break; // branches, i4, r4, strings, call-site signatures
            }
        }
    }

    private static Dictionary<ushort, OperandType> OperandTypes()
    {
        var operands = new Dictionary<ushort, OperandType>();
        foreach (FieldInfo field in typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static))
        {
            var code = (OpCode)field.GetValue(null)!;
            operands[(ushort)code.Value] = code.OperandType;
        }
        return operands;
    }
}
