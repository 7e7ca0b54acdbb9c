using System.Collections.Generic;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>`and`, `or`, `unless`: one side is remembered as bits by matching labels, the other is masked with them.
/// </summary>
internal sealed class SetOperation(VectorMatching matching, int steps)
{
    private readonly MatchKey _key = new(matching);
    private readonly Dictionary<LabelSet, ulong[]> _present = [];

    /// <summary>Remembers where a side is, and hands it on if wanted.</summary>
    public ColumnSink Remember(ColumnSink? to = null) => new Remembering(this, to);

    /// <summary>Lets through what is <paramref name="present"/> on the remembered side, or what is not.</summary>
    public ColumnSink Keep(bool present, ColumnSink to) => new Keeping(this, present, to);

    private sealed class Remembering(SetOperation set, ColumnSink? to) : ColumnSink
    {
        public override void Accept(LabelSet labels, bool dropName, StepColumn column)
        {
            LabelSet key = set._key.Of(labels);
            if (!set._present.TryGetValue(key, out ulong[]? bits))
                set._present.Add(key, bits = new ulong[(set.Steps + 63) / 64]);
            for (int i = 0; i < bits.Length; i++) bits[i] |= column.Present[i];
            to?.Accept(labels, dropName, column);
        }
    }

    private sealed class Keeping(SetOperation set, bool present, ColumnSink to) : ColumnSink
    {
        public override void Accept(LabelSet labels, bool dropName, StepColumn column)
        {
            set._present.TryGetValue(set._key.Of(labels), out ulong[]? bits);
            for (int i = 0; i < column.Present.Length; i++)
                column.Present[i] &= present ? bits?[i] ?? 0 : ~(bits?[i] ?? 0);
            if (!column.IsEmpty) to.Accept(labels, dropName, column);
        }
    }

    private int Steps => steps;
}
