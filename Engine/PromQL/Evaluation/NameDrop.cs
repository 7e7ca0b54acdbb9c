namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The names of results whose meaning has changed.</summary>
internal static class NameDrop
{
    /// <summary>Drops the name, now or, with delayed name removal, at the query's end.</summary>
    public static LabelSet From(LabelSet labels, QueryContext context, ref bool dropName)
    {
        if (!context.DelaysNames) return labels.WithoutMetadata();
        dropName = true;
        return labels;
    }
}
