using System;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Protocols.RemoteRead;

namespace Slungd.Ingest.Http;

/// <summary>Cuts samples into chunks, each of floats or of histograms of one layout. Reused; one thread.</summary>
internal sealed class ChunkReader
{
    private readonly long[] _times = new long[XorChunk.MaxSamples];
    private readonly double[] _values = new double[XorChunk.MaxSamples];
    private readonly long[] _histogramTimes = new long[HistogramChunk.MaxSamples];
    private readonly FloatHistogram[] _histograms = new FloatHistogram[HistogramChunk.MaxSamples];
    private byte[] _chunk = new byte[XorChunk.MaxBytes];
    private int _read; // histograms that are in no chunk yet

    /// <summary>Reads samples and adds a chunk of them; false when there are no more.</summary>
    public bool TryRead(SampleReader samples, ReadSeries into)
    {
        if (_read == 0)
        {
            int floats = samples.Read(_times, _values);
            if (floats > 0)
            {
                int length = XorChunk.Encode(_times.AsSpan(0, floats), _values.AsSpan(0, floats), _chunk);
                into.AddChunk(_times[0], _times[floats - 1], XorChunk.Encoding, _chunk.AsSpan(0, length));
                return true;
            }
        }
        _read += samples.Read(_histogramTimes.AsSpan(_read), _histograms.AsSpan(_read));
        if (_read == 0) return false;
        AddHistograms(HistogramChunk.Fitting(_histograms.AsSpan(0, _read)), into);
        return true;
    }

    private void AddHistograms(int count, ReadSeries into)
    {
        int most = HistogramChunk.MaxBytes(_histograms[0], count);
        if (_chunk.Length < most) _chunk = new byte[most];
        int length = HistogramChunk.Encode(_histogramTimes.AsSpan(0, count), _histograms.AsSpan(0, count), _chunk);
        into.AddChunk(_histogramTimes[0], _histogramTimes[count - 1], HistogramChunk.Encoding,
            _chunk.AsSpan(0, length));
        _read -= count;
        _histogramTimes.AsSpan(count, _read).CopyTo(_histogramTimes);
        _histograms.AsSpan(count, _read).CopyTo(_histograms);
    }
}
