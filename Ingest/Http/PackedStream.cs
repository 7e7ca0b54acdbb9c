using System;
using System.IO;
using System.IO.Compression;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Ingest.Http;

/// <summary>Packed bytes on their way to <see cref="GZipStream"/> or <see cref="ZLibStream"/>, which take the end of a
/// body that was cut for the end of its data. So they are given one byte behind the end: what is whole has no use for
/// it; what is cut takes it and asks for more. To be unpacked by ReadAsync alone: CopyToAsync reads on.</summary>
internal sealed class PackedStream(Stream from) : ReadOnlyStream
{
    private bool _isEmpty = true;
    private bool _isAtEnd;

    /// <summary>Known once everything is unpacked.</summary>
    public bool IsCut { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await from.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            _isEmpty = false;
            return read;
        }
        if (_isEmpty || buffer.IsEmpty) return 0;
        IsCut = _isAtEnd;
        if (IsCut) return 0;
        _isAtEnd = true;
        buffer.Span[0] = 0;
        return 1;
    }
}
