using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Slungd.Tests.Tidy;

internal static class Violations
{
    /// <summary>Fails with every violation, one a line: a tidy run should name all there is to do.</summary>
    public static void None(IEnumerable<string> violations)
    {
        string[] all = violations.Distinct().Order(StringComparer.Ordinal).ToArray();
        if (all.Length > 0) Assert.Fail(string.Join('\n', all));
    }
}
