using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>Random writes through every door of the sink, in and out of order, with flushes, compactions and reopens in
/// between, compared with sorted dictionaries through the reader.</summary>
public class StoreModelTests
{
    private static readonly ValueFamily[] Families =
        [ValueFamily.Float, ValueFamily.Int, ValueFamily.UInt, ValueFamily.Bool, ValueFamily.Bytes, ValueFamily.Float,
            ValueFamily.String, ValueFamily.Histogram];

    [Theory]
    [InlineData(1, 100)]
    [InlineData(2, 100)]
    [InlineData(3, 3000)]
    [InlineData(4, 20)]
    [InlineData(5, 100_000)]
    [InlineData(6, 600)]
    public void TheStoreIsAModelOfSortedMaps(int seed, int timeSpan)
    {
        using var run = new Run(seed, timeSpan);
        for (int step = 0; step < 100; step++) run.Step();
        run.CompareAll();
        run.Fixture.Reopen();
        run.CompareAll();
    }

    private sealed class Run : IDisposable
    {
        private readonly Random _random;
        private readonly int _timeSpan;
        private readonly SortedDictionary<long, string>[] _model = new SortedDictionary<long, string>[Families.Length];
        private readonly RefusalLog _refusals = new();

        public Run(int seed, int timeSpan)
        {
            _random = new Random(seed);
            _timeSpan = timeSpan;
            for (int i = 0; i < _model.Length; i++) _model[i] = [];
        }

        public StoreFixture Fixture { get; } = new();

        public void Dispose() => Fixture.Dispose();

        public void Step()
        {
            switch (_random.Next(22))
            {
                case 20: Fixture.Store.Compact(); break;
                case 21:
                    Fixture.Store.Flush();
                    Fixture.Store.CompactOnce(isForced: true, isPaced: false);
                    break;
                case 0: Fixture.Store.Flush(); break;
                case 1: Fixture.Reopen(); break;
                case 2 or 3: CompareSome(); break;
                case < 10: Rows(); break;
                case < 16: Column(); break;
                default: Regular(); break;
            }
            Assert.Equal(0, _refusals.Points);
        }

        public void CompareAll()
        {
            for (int i = 0; i < _model.Length; i++)
            {
                Compare(i, TimeRange.All, false);
                Compare(i, TimeRange.All, true);
                for (int n = 0; n < 4; n++)
                {
                    long start = _random.Next(-10, _timeSpan + 10);
                    long length = _random.Next(-1, _timeSpan / (1 + _random.Next(20)) + 1);
                    Compare(i, new TimeRange(start, start + length), n % 2 == 0);
                }
            }
        }

        private void CompareSome()
        {
            int series = _random.Next(_model.Length);
            long start = _random.Next(_timeSpan);
            Compare(series, new TimeRange(start, start + _random.Next(_timeSpan)), _random.Next(2) == 0);
        }

        private void Rows()
        {
            var rows = new EventRow[1 + _random.Next(200)];
            var payload = new List<byte>();
            long at = _random.Next(_timeSpan);
            for (int i = 0; i < rows.Length; i++)
            {
                int series = _random.Next(_model.Length);
                ValueFamily family = Families[series];
                (ulong bits, string text) = Value(family, payload);
                if (family == ValueFamily.Float && _random.Next(10) == 0)
                {
                    long whole = _random.Next(-1000, 1000);
                    (family, bits) = (ValueFamily.Int, (ulong)whole);
                    text = Text(BitConverter.DoubleToUInt64Bits(whole));
                }
                at = _random.Next(3) == 0 ? _random.Next(_timeSpan) : at + _random.Next(1 + _timeSpan / 100);
                rows[i] = new EventRow { Series = Id(series), Timestamp = at, Bits = bits, Family = family };
                _model[series][at] = text;
            }
            Fixture.Store.AppendRows(3, rows, payload.ToArray(), _refusals);
        }

        private void Column()
        {
            int series = NumericSeries(out ValueFamily family);
            var timestamps = new long[1 + _random.Next(300)];
            var values = new ulong[timestamps.Length];
            bool inOrder = _random.Next(2) == 0;
            long at = _random.Next(_timeSpan);
            for (int i = 0; i < values.Length; i++)
            {
                at = inOrder ? at + 1 + _random.Next(1 + _timeSpan / 200) : _random.Next(_timeSpan);
                timestamps[i] = at;
                (values[i], string text) = Value(family, []);
                _model[series][at] = text;
            }
            var half = new ColumnRun { Series = Id(series), Family = family, Count = values.Length / 2 };
            if (values.Length % 2 == 0) Fixture.Store.AppendRuns(0, [half, half], timestamps, values, _refusals);
            else Fixture.Store.AppendColumn(0, Id(series), family, timestamps, values, _refusals);
        }

        private void Regular()
        {
            int series = NumericSeries(out ValueFamily family);
            var values = new ulong[1 + _random.Next(300)];
            long start = _random.Next(_timeSpan);
            long step = _random.Next(-3, 1 + _timeSpan / 200);
            bool integers = family == ValueFamily.Float && _random.Next(3) == 0;
            for (int i = 0; i < values.Length; i++)
            {
                (values[i], string text) = Value(integers ? ValueFamily.Int : family, []);
                if (integers) text = Text(BitConverter.DoubleToUInt64Bits((long)values[i]));
                _model[series][start + step * i] = text;
            }
            if (integers) family = ValueFamily.Int;
            Fixture.Store.AppendRegular(0, Id(series), family, start, step, values, _refusals);
        }

        private int NumericSeries(out ValueFamily family)
        {
            int series;
            do series = _random.Next(_model.Length);
            while (!Families[series].IsNumeric());
            family = Families[series];
            return series;
        }

        private SeriesId Id(int series) => Fixture.Series("s" + series, Families[series], "b=2", "a=1");

        private (ulong Bits, string Text) Value(ValueFamily family, List<byte> payload)
        {
            if (family.HasPayload())
            {
                string text = new('x', _random.Next(3) == 0 ? 0 : _random.Next(40));
                text += _random.Next().ToString(CultureInfo.InvariantCulture);
                var at = new PayloadRef((uint)payload.Count, (uint)text.Length);
                payload.AddRange(Encoding.ASCII.GetBytes(text));
                return (at.ToBits(), text);
            }
            ulong bits = family switch
            {
                ValueFamily.Float => _random.Next(30) == 0 ? BitConverter.DoubleToUInt64Bits(double.NaN)
                    : BitConverter.DoubleToUInt64Bits(Math.Round(_random.NextDouble() * 100, 2)),
                ValueFamily.Int => (ulong)(long)_random.Next(-1000, 1000),
                ValueFamily.UInt => (ulong)_random.NextInt64() << 1,
                _ => (ulong)_random.Next(2),
            };
            return (bits, Text(bits));
        }

        private static string Text(ulong bits) => bits.ToString("x16", CultureInfo.InvariantCulture);

        private void Compare(int series, TimeRange range, bool summaries)
        {
            using SeriesView view = Fixture.Store.OpenView();
            using SeriesCursor cursor = view.Open(Id(series), range, summaries);
            using IEnumerator<KeyValuePair<long, string>> expected = Expected(series, range).GetEnumerator();
            while (cursor.MoveNext())
            {
                if (cursor.IsSummary) CompareSummary(series, cursor.Summary, expected, range);
                else
                {
                    Assert.NotEqual(0, cursor.Timestamps.Length);
                    for (int i = 0; i < cursor.Timestamps.Length; i++)
                    {
                        Assert.True(expected.MoveNext());
                        string text = Families[series].HasPayload() ? Encoding.ASCII.GetString(cursor.PayloadAt(i))
                            : Text(cursor.Values[i]);
                        if (expected.Current.Key != cursor.Timestamps[i] || expected.Current.Value != text)
                            Assert.Equal(expected.Current, new KeyValuePair<long, string>(cursor.Timestamps[i], text));
                    }
                }
            }
            Assert.False(expected.MoveNext());
        }

        private static void CompareSummary(int series, BlockSummary summary,
            IEnumerator<KeyValuePair<long, string>> expected, TimeRange range)
        {
            Assert.True(range.Covers(summary.FirstTimestamp, summary.LastTimestamp));
            if (Families[series].HasPayload())
            {
                for (long i = 0; i < summary.Count; i++)
                {
                    Assert.True(expected.MoveNext());
                    if (i == 0) Assert.Equal(expected.Current.Key, summary.FirstTimestamp);
                }
                Assert.Equal(expected.Current.Key, summary.LastTimestamp);
                return;
            }
            double sum = 0, min = double.NaN, max = double.NaN, magnitudes = 0;
            for (long i = 0; i < summary.Count; i++)
            {
                Assert.True(expected.MoveNext());
                double value = Families[series].ToDouble(ulong.Parse(expected.Current.Value, NumberStyles.HexNumber,
                    CultureInfo.InvariantCulture));
                if (i == 0) Assert.Equal((expected.Current.Key, value), (summary.FirstTimestamp, summary.First));
                if (i == summary.Count - 1)
                    Assert.Equal((expected.Current.Key, value), (summary.LastTimestamp, summary.Last));
                sum += value;
                magnitudes += Math.Abs(value);
                min = double.IsNaN(min) || value < min ? value : min;
                max = double.IsNaN(max) || value > max ? value : max;
            }
            Assert.Equal((min, max), (summary.Min, summary.Max));
            if (double.IsNaN(sum)) Assert.True(double.IsNaN(summary.Sum + summary.SumLow));
            else Assert.InRange(summary.Sum + summary.SumLow, sum - 1e-12 * magnitudes, sum + 1e-12 * magnitudes);
        }

        private IEnumerable<KeyValuePair<long, string>> Expected(int series, TimeRange range)
        {
            foreach (KeyValuePair<long, string> point in _model[series])
                if (range.Contains(point.Key)) yield return point;
        }
    }
}
