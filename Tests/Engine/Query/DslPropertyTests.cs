using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.Query;

public sealed class DslPropertyTests
{
    [Fact]
    public void What_is_printed_reads_back_as_the_same_query() =>
        Prop.ForAll<DoNotSize<int>>(seed =>
        {
            DslQuery query = new QueryMaker(seed.Item).Next();
            string text = query.ToString();
            DslQuery again = DslTexts.Parse(text, query.Precision);
            return (QueryMaker.Parts(query) == QueryMaker.Parts(again) && again.ToString() == text).Label(text);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
}
