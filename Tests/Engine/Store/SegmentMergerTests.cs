using System;
using System.Collections.Generic;
using System.IO;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Segments;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public sealed class SegmentMergerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slungd-merge-").FullName;
    private readonly SegmentSettings _settings = new(Precision.Microseconds, 64, TimestampEncoding.Adaptive);
    private readonly SegmentFolder _folder;

    public SegmentMergerTests()
    {
        _folder = new SegmentFolder(PosixDisk.Instance, _root);
        Directory.CreateDirectory(_folder.Path);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void MarksAndLogPositionsLiveOn()
    {
        Segment[] sources =
        [
            Write(1, 10, 3, [new(7, 1, 100), new(9, 1, 5)]),
            Write(2, 20, 5, [new(7, 2, 10)]),
            Write(3, 30, 4, [new(7, 1, 900), new(8, 1, 1)]),
        ];
        MergeJob job = Merge(sources, [new TimeRange(0, 499), new TimeRange(500, 599), new TimeRange(600, 5000)]);
        Assert.Equal(2, job.Outputs.Count); // nothing in the middle window
        foreach (SegmentName name in job.Outputs)
        {
            using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _folder.Path, name);
            SegmentFooter footer = reader.Footer;
            Assert.Equal((10UL, 30UL, 5UL), (footer.FirstSequence, footer.LastSequence, footer.LogThrough));
            Assert.Equal([new ProducerMark(7, 2, 10), new(8, 1, 1), new(9, 1, 5)], footer.Marks);
            Assert.Equal([1UL, 2, 3], footer.Sources);
            Assert.Equal(job.Outputs[0].Number, footer.Group);
        }
        foreach (Segment source in sources) source.Release();
    }

    [Fact]
    public void AMergeThatIsEndedHasNoFirstOutput()
    {
        Segment[] sources = [Write(1, 1, 0, []), Write(2, 2, 0, [])];
        int pages = 0;
        MergeJob job = Job(sources, [new TimeRange(0, 499), new TimeRange(500, 5000)], _ => ++pages < 3);
        Assert.False(new SegmentMerger(PosixDisk.Instance, _folder, 64, _settings).Merge(job));
        foreach (SegmentName name in job.Outputs) _folder.Delete(name);
        Assert.Equal(4, PosixDisk.Instance.ListFiles(_folder.Path).Length);
        foreach (Segment source in sources) source.Release();
    }

    private MergeJob Merge(Segment[] sources, TimeRange[] windows)
    {
        MergeJob job = Job(sources, windows, static _ => true);
        Assert.True(new SegmentMerger(PosixDisk.Instance, _folder, 64, _settings).Merge(job));
        return job;
    }

    private static MergeJob Job(Segment[] sources, TimeRange[] windows, Func<long, bool> pace)
    {
        ulong number = 100;
        return new MergeJob(sources, windows, 1, () => new SegmentName(1, number++), pace);
    }

    private Segment Write(ulong number, ulong sequence, ulong logThrough, ProducerMark[] marks)
    {
        var writer = new SegmentWriter(PosixDisk.Instance, _folder.Path, _settings);
        var name = new SegmentName(0, number);
        writer.Begin(name, new SegmentFooter
        {
            FirstSequence = sequence, LastSequence = sequence, LogThrough = logThrough, Marks = marks,
        });
        writer.BeginSeries(SegmentSample.Key("a"), ValueFamily.Float);
        writer.AddPage([1, 2, 3 + (long)sequence, 1000 + (long)sequence], [1, 2, 3, sequence]);
        writer.BeginSeries(SegmentSample.Key("b" + number), ValueFamily.Int);
        writer.AddPage([2000], [sequence]);
        writer.Finish();
        SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, _folder.Path, name);
        return new Segment(name, reader, SeriesMap.Of([new SeriesId(0), new SeriesId((uint)number)]));
    }
}
