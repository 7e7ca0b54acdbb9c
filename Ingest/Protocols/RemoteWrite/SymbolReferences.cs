using System;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>The numbers in field 1 of a series or an exemplar of version 2.0: packed, as every sender writes them, or
/// a field each.</summary>
internal ref struct SymbolReferences(ReadOnlySpan<byte> message)
{
    private const int LabelsReferences = 1;

    private ProtoReader _fields = new(message);
    private ReadOnlySpan<byte> _packed;
    private int _at;

    public bool IsMalformed { get; private set; }

    /// <summary>False at the end and on <see cref="IsMalformed"/>.</summary>
    public bool TryTake(out ulong reference)
    {
        reference = 0;
        while (!IsMalformed)
        {
            if (_at < _packed.Length) return Varint.TryRead(_packed, ref _at, out reference) || Fail();
            if (!_fields.MoveNext())
            {
                IsMalformed = _fields.IsMalformed;
                return false;
            }
            if (_fields.Field != LabelsReferences) continue;
            reference = _fields.Number;
            if (_fields.IsVarint) return true;
            _packed = _fields.Bytes;
            _at = 0;
        }
        return false;
    }

    /// <summary>Says that the numbers can't be what they should be; false.</summary>
    public bool Fail()
    {
        IsMalformed = true;
        return false;
    }
}
