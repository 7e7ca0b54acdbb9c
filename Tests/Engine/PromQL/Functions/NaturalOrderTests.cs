using System;
using Slungd.Engine.PromQL.Functions;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Functions;

public sealed class NaturalOrderTests
{
    [Theory]
    [InlineData("cpu2", "cpu10")]
    [InlineData("cpu", "cpu1")]
    [InlineData("a9b", "a10a")]
    [InlineData("a1", "a01")]
    [InlineData("", "a")]
    [InlineData("\uFF61", "😀")] // by bytes, not by halves of characters
    [InlineData("x\uE000", "x😀")]
    [InlineData("😀", "😂")]
    public void Texts_are_in_the_order_of_sort_by_label(string first, string second)
    {
        Assert.True(NaturalOrder.Compare(first, second) < 0);
        Assert.True(NaturalOrder.Compare(second, first) > 0);
        Assert.Equal(0, NaturalOrder.Compare(second, second.AsSpan().ToString()));
    }
}
