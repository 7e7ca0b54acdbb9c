using System.Collections.Generic;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>An arithmetic operator or comparison between two vectors. Every element of the "many" side meets the one
/// element of the "one" side with the same matching labels at its step.</summary>
internal sealed class MatchedOperation
{
    private readonly QueryContext _context;
    private readonly BinaryExpr _binary;
    private readonly VectorMatching _matching;
    private readonly bool _swapped;
    private readonly MatchKey _key;
    private readonly ElementOperation _operation;
    private readonly Dictionary<LabelSet, Group> _groups = [];
    private readonly List<Group> _doubled = [];
    private readonly ColumnTable _results;
    private readonly StepColumn _column;
    private readonly ulong[] _manyPresent;

    /// <param name="context">The query.</param>
    /// <param name="binary">The expression.</param>
    /// <param name="matching">Its matching.</param>
    /// <param name="swapped">The "one" side is the left one.</param>
    /// <param name="steps">Of the range.</param>
    public MatchedOperation(QueryContext context, BinaryExpr binary, VectorMatching matching, bool swapped, int steps)
    {
        _context = context;
        _binary = binary;
        _matching = matching;
        _swapped = swapped;
        _key = new MatchKey(matching);
        _operation = new ElementOperation(context, binary);
        _results = new ColumnTable(context, merges: true);
        _column = new StepColumn(steps);
        _manyPresent = new ulong[_column.Present.Length];
        One = new OneSide(this);
        Many = new ManySide(this);
    }

    /// <summary>Takes the "one" side, first.</summary>
    public ColumnSink One { get; }

    /// <summary>Takes the "many" side, of one-to-one matching the left one.</summary>
    public ColumnSink Many { get; }

    /// <summary>Hands the results on.</summary>
    public void Finish(ColumnSink to)
    {
        foreach (Group group in _doubled)
            if (Meets(group.Doubled!, _manyPresent)) throw Duplicate(group);
        _results.Drain(to);
    }

    // What shares matching labels.
    private sealed class Group
    {
        public List<ColumnEntry> Ones { get; } = [];

        /// <summary>Where two series of the "one" side meet.</summary>
        public ulong[]? Doubled { get; set; }

        /// <summary>Where an element of the "many" side has been matched, by the result's labels.</summary>
        public Dictionary<LabelSet, ulong[]> Matched { get; } = [];
    }

    private sealed class OneSide(MatchedOperation owner) : ColumnSink
    {
        public override void Accept(LabelSet labels, bool dropName, StepColumn column)
        {
            LabelSet key = owner._key.Of(labels);
            if (!owner._groups.TryGetValue(key, out Group? group)) owner._groups.Add(key, group = new Group());
            foreach (ColumnEntry other in group.Ones)
            {
                if (!Meets(other.Column.Present, column.Present)) continue;
                if (group.Doubled is null) owner._doubled.Add(group);
                group.Doubled ??= new ulong[column.Present.Length];
                for (int i = 0; i < group.Doubled.Length; i++)
                    group.Doubled[i] |= other.Column.Present[i] & column.Present[i];
            }
            StepColumn copy = new(column.Steps);
            copy.CopyFrom(column);
            owner._context.Reserve(column.Steps);
            group.Ones.Add(new ColumnEntry(labels, dropName, copy));
        }
    }

    private sealed class ManySide(MatchedOperation owner) : ColumnSink
    {
        public override void Accept(LabelSet labels, bool dropName, StepColumn column)
        {
            for (int i = 0; i < owner._manyPresent.Length; i++) owner._manyPresent[i] |= column.Present[i];
            if (!owner._groups.TryGetValue(owner._key.Of(labels), out Group? group)) return;
            foreach (ColumnEntry one in group.Ones) owner.Match(group, labels, dropName, column, one);
        }
    }

    private void Match(Group group, LabelSet labels, bool dropName, StepColumn many, ColumnEntry one)
    {
        if (!Meets(many.Present, one.Column.Present)) return;
        if (group.Doubled is not null && Meets(group.Doubled, many.Present)) throw Duplicate(group);
        LabelSet result = ResultOf(labels, one.Labels);
        bool oneToOne = _matching.Cardinality == MatchCardinality.OneToOne;
        LabelSet matchedBy = oneToOne ? LabelSet.Empty : result;
        if (!group.Matched.TryGetValue(matchedBy, out ulong[]? matched))
            group.Matched.Add(matchedBy, matched = new ulong[many.Present.Length]);
        _column.Clear();
        for (int step = many.Next(0); step >= 0; step = many.Next(step + 1))
        {
            if (!one.Column.Has(step) || !Apply(many, one.Column, step)) continue;
            if ((matched[step >> 6] >> step & 1) != 0)
                throw QueryFailure.Execution(oneToOne
                    ? "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    : "multiple matches for labels: grouping labels must ensure unique matches");
            matched[step >> 6] |= 1ul << step;
        }
        if (_binary.ReturnBool) result = NameDrop.From(result, _context, ref dropName);
        else dropName = false;
        _results.Accept(result, dropName, _column);
    }

    // False when the operator does not fit the elements, or a comparison filters them out: then they don't count as
    // matched.
    private bool Apply(StepColumn many, StepColumn one, int step)
    {
        StepColumn left = _swapped ? one : many, right = _swapped ? many : one;
        if (!_operation.TryApply(left.Values[step], left.HistogramAt(step), right.Values[step], right.HistogramAt(step),
            out double value, out FloatHistogram? histogram, out bool keep)) return false;
        if (_binary.ReturnBool) _column.Set(step, keep ? 1 : 0);
        else if (keep && histogram is not null) _column.Set(step, histogram);
        else if (keep) _column.Set(step, value);
        return keep || _binary.ReturnBool;
    }

    private LabelSet ResultOf(LabelSet many, LabelSet one)
    {
        LabelSet result = _binary.Op.IsComparison() ? many : many.WithoutMetadata();
        if (_matching.Cardinality == MatchCardinality.OneToOne)
            result = _matching.On ? result.Only(_matching.Labels) : result.Without(_matching.Labels);
        foreach (string label in _matching.Include) result = result.With(label, one.Get(label));
        return result;
    }

    private static bool Meets(ulong[] a, ulong[] b)
    {
        for (int i = 0; i < a.Length; i++)
            if ((a[i] & b[i]) != 0) return true;
        return false;
    }

    private QueryFailure Duplicate(Group group)
    {
        ColumnEntry second = group.Ones[^1], first = group.Ones[0];
        foreach (ColumnEntry other in group.Ones)
        {
            if (other == second || !Meets(other.Column.Present, second.Column.Present)) continue;
            first = other;
            break;
        }
        string side = _swapped ? "left" : "right";
        return QueryFailure.Execution($"found duplicate series for the match group {_key.Of(second.Labels)} on the " +
            $"{side} hand-side of the operation: [{second.Labels}, {first.Labels}];many-to-many matching not " +
            "allowed: matching labels must be unique on one side");
    }
}
