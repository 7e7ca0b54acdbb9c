using System.IO;
using Slungd.Ingest.Hosting.Commands;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Commands;

public class ClientAccessTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData(" \r\n", null)]
    [InlineData("slung_a-b_c", "slung_a-b_c")]
    [InlineData("slung_abc\n", "slung_abc")] // as Kubernetes and editors leave it
    [InlineData("slung_abc\r\n", "slung_abc")]
    public void ATokenIsTrimmed(string? text, string? token) => Assert.Equal(token, ClientAccess.TokenOf(text));

    [Theory]
    [InlineData("slung_abc\nX-A: b")]
    [InlineData("slung_abc def")]
    [InlineData("slung_\u00e4")]
    public void WhatWouldNotBeOneFieldIsNone(string text) =>
        Assert.Contains("SLUNGD_TOKEN", Assert.Throws<IOException>(() => ClientAccess.TokenOf(text)).Message,
            System.StringComparison.Ordinal);
}
