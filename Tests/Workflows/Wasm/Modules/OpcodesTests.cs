using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Slungd.Tests.Tidy;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Translation;
using Xunit;

namespace Slungd.Tests.Workflows.Wasm.Modules;

/// <summary>One table: what it names exists in the interpreter, and nothing exists beside it.</summary>
public sealed partial class OpcodesTests
{
    private static readonly string[] InterpreterFiles =
    [
        "Interpreter.cs", "RareOperations.cs", "BulkOperations.cs", "VectorOperations.cs", "VectorMemory.cs",
        "VectorComparisons.cs", "VectorIntegers.cs", "VectorWidening.cs", "VectorFloats.cs",
    ];

    private static IEnumerable<Opcode> All => Enumerable.Range(0, 0x300).Select(Opcodes.Find).OfType<Opcode>();

    [Fact]
    public void Codes_and_names_are_distinct()
    {
        Assert.Equal(CoreOpcodes.All.Length + VectorOpcodes.All.Length, All.Count());
        Assert.Distinct(All.Select(static o => o.Name));
    }

    [Fact]
    public void Every_instruction_of_the_core_is_there()
    {
        // Specification 2.0, appendix "Index of Instructions", without vectors.
        int[] missing = [0x06, 0x07, 0x08, 0x09, 0x0A, .. Range(0x12, 0x19), .. Range(0x1D, 0x1F), 0x27,
            .. Range(0xC5, 0xCF), .. Range(0xD3, 0xFF)];
        Assert.Equal(missing, Range(0, 0xFF).Where(static c => Opcodes.Find(c) is null));
        Assert.Equal(Range(0x100, 0x111), Range(0x100, 0x1FF).Where(static c => Opcodes.Find(c) is not null));
        int[] noVector = [0x9A, 0xA2, 0xA5, 0xA6, 0xAF, 0xB0, 0xB2, 0xB3, 0xB4, 0xBB, 0xC2, 0xC5, 0xC6, 0xCF, 0xD0,
            0xD2, 0xD3, 0xD4, 0xE2, 0xEE];
        Assert.Equal(noVector, Range(0, 0xFF).Where(static c => Opcodes.Find(0x200 + c) is null));
    }

    [Fact]
    public void The_interpreter_has_a_case_for_each_operation_and_no_other()
    {
        string[] cases = InterpreterFiles
            .SelectMany(static f => Case().Matches(Repository.Read($"Workflows/Wasm/Execution/{f}")))
            .SelectMany(static m => Operation().Matches(m.Value)).Select(static m => m.Groups[1].Value).ToArray();
        // The last of a family is its default; what a family's bounds or sizes name is no case.
        string[] byDefault = ["F32Nearest", "F64Nearest", "I64TruncF32U", "I64TruncF64U", "F64Promote", "TableInit",
            "I8x16Shuffle", "I64x2ReplaceLane", "V128Load64Zero", "I64x2Splat", "I64x2Bitmask", "I64x2ShrU",
            "I32x4ExtaddPairwiseI16x8U", "F64x2ConvertLowI32x4U", "F64x2Ge", "I64x2Mul", "I64x2ExtmulHighI32x4U",
            "F64x2Pmax"];
        string[] byNumber = ["V128Store", "V128Load8Lane", "V128Load16Lane", "V128Load32Lane", "V128Load64Lane",
            "V128Store8Lane", "V128Store16Lane", "V128Store32Lane", "V128Store64Lane"];
        string[] sizes = ["V128Load", "V128Load8Splat", "V128Load16Splat", "V128Load32Splat", "V128Load32Zero"];
        Assert.Equal(Enum.GetNames<IrOp>().Concat(sizes).Order(), cases.Concat(byDefault).Concat(byNumber).Order());
    }

    [Fact]
    public void The_translator_names_the_operations_that_the_table_does_not()
    {
        HashSet<string> used = [.. All.SelectMany(static o => new[] { o.Ir.ToString(), o.IrImm.ToString() })];
        string translator = string.Concat(Repository.Files
            .Where(static f => f.StartsWith("Workflows/Wasm/Translation/", StringComparison.Ordinal)
                && !f.EndsWith("/IrOp.cs", StringComparison.Ordinal)).Select(Repository.Read));
        // Branches are reached by their distance from the comparison; two operations are the store's own.
        IEnumerable<string> unused = Enum.GetNames<IrOp>().Where(n => !used.Contains(n)
            && !translator.Contains($"IrOp.{n}", StringComparison.Ordinal)
            && !n.StartsWith("BrI", StringComparison.Ordinal) && !n.StartsWith("BrF", StringComparison.Ordinal)
            && !n.StartsWith("BrStep", StringComparison.Ordinal));
        Assert.Equal(["Leave", "Resume", "Translate"], unused.Order());
    }

    [Fact]
    public void Comparisons_and_their_branches_have_the_same_order()
    {
        foreach (IrOp op in Enum.GetValues<IrOp>().Where(Comparisons.IsComparison))
            Assert.Equal("Br" + op, Comparisons.Branch(op).ToString());
        foreach (IrOp op in Enum.GetValues<IrOp>().Where(Comparisons.HasStep))
            Assert.Equal($"{op}".Replace("I32", "Step", StringComparison.Ordinal), $"{Comparisons.Stepping(op)}");
    }

    [Fact]
    public void Opposites_are_opposites_of_each_other()
    {
        IrOp[] branches = [IrOp.BrIf, IrOp.BrUnless, IrOp.BrIfAnd, IrOp.BrUnlessAnd, IrOp.BrLoad8Eq, IrOp.BrLoad8Ne,
            .. Enum.GetValues<IrOp>().Where(static o => o is >= IrOp.BrF32Eq and <= IrOp.BrF32NotLe
                or >= IrOp.BrF64Eq and <= IrOp.BrF64NotLe)];
        foreach (IrOp branch in branches)
        {
            Assert.NotEqual(branch, Comparisons.OppositeBranch(branch));
            Assert.Equal(branch, Comparisons.OppositeBranch(Comparisons.OppositeBranch(branch)));
        }
        foreach (IrOp branch in Enum.GetValues<IrOp>().Where(Comparisons.IsIntegerBranch))
            Assert.Equal(branch, Comparisons.Branch(Comparisons.OfBranch(branch)));
    }

    private static IEnumerable<int> Range(int first, int last) => Enumerable.Range(first, last - first + 1);

    [GeneratedRegex(@"(?<!goto )case (IrOp\.\w+( or )?\s*)+:|(?<=^\s+)(IrOp\.\w+( or )?\s*)+=>",
        RegexOptions.Multiline)]
    private static partial Regex Case();

    [GeneratedRegex(@"IrOp\.(\w+)")]
    private static partial Regex Operation();
}
