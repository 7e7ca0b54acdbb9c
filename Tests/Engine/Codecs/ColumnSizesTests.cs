using System;
using System.Globalization;
using System.IO;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EngineCodecs;

/// <summary>Sizes on public data: 31 columns of floats, one CSV file each, beside the repository.</summary>
public class ColumnSizesTests(ITestOutputHelper output)
{
    private static string? FindColumns()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string columns = Path.Combine(folder.FullName, "shared", "data", "columns");
            if (Directory.Exists(columns)) return columns;
        }
        return null;
    }

    [Fact]
    public void PublicColumnsStaySmallAndExact()
    {
        if (FindColumns() is not { } columns)
        {
            output.WriteLine("skipped: no folder shared/data/columns beside the repository");
            return;
        }
        double total = 0;
        string[] files = Directory.GetFiles(columns, "*.csv");
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
        {
            ulong[] values = Array.ConvertAll(File.ReadAllLines(file),
                line => BitConverter.DoubleToUInt64Bits(double.Parse(line, CultureInfo.InvariantCulture)));
            ValueCodecTests.AssertRoundTrip(values, ValueFamily.Float);
            byte[] page = ValueCodecTests.Encode(values, ValueFamily.Float, CodecEffort.Strong);
            double bits = page.Length * 8.0 / values.Length;
            total += bits;
            output.WriteLine($"{Path.GetFileNameWithoutExtension(file),-24} {(PageEncoding)page[0],-16} {bits:f2}");
        }
        output.WriteLine($"mean {total / files.Length:f2} bits a value");
        Assert.InRange(total / files.Length, 0, 19);
    }
}
