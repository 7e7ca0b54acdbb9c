using System;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Names of metrics as the OpenTelemetry specification maps them to Prometheus' ("Prometheus and OpenMetrics
/// Compatibility", OTLP metric points to Prometheus), in the form that is Prometheus' default
/// (`UnderscoreEscapingWithSuffixes`): words of letters, digits and colons joined by underscores, then the unit, then
/// `total` or `ratio`. Reused; one thread.</summary>
internal sealed class OtlpName
{
    private readonly byte[] _unit = new byte[2 * MaxUnitBytes + 8];
    private byte[] _text = new byte[256];

    /// <summary>A longer unit adds nothing.</summary>
    private const int MaxUnitBytes = 63;

    private int _length; // without the suffix set last
    private int _suffix;
    private int _unitLength;

    /// <summary>The name with the suffix set last.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _length + _suffix);

    /// <summary>The unit in Prometheus' words: `seconds`, `bytes_per_second`.</summary>
    public ReadOnlySpan<byte> Unit => _unit.AsSpan(0, _unitLength);

    /// <summary>Makes the name of a metric.</summary>
    /// <param name="name">As it was sent.</param>
    /// <param name="unit">As it was sent: UCUM, case-sensitive.</param>
    /// <param name="isCounter">A monotonic sum: ends in `total`.</param>
    /// <param name="isGauge">With the unit 1 it ends in `ratio`.</param>
    /// <returns>False when no letter or digit is in the name, or it is longer than any.</returns>
    public bool TryBuild(ReadOnlySpan<byte> name, ReadOnlySpan<byte> unit, bool isCounter, bool isGauge)
    {
        if (name.Length > ushort.MaxValue) return false;
        int room = name.Length + 2 * MaxUnitBytes + 64;
        if (_text.Length < room) _text = new byte[room];
        (_length, _suffix) = (0, 0);
        Span<byte> main = stackalloc byte[MaxUnitBytes + 1], per = stackalloc byte[MaxUnitBytes + 8];
        SplitUnit(unit, ref main, ref per);
        SetUnit(main, per);
        ReadOnlySpan<byte> last = isCounter ? "total"u8 : isGauge && unit.SequenceEqual("1"u8) ? "ratio"u8 : default;
        bool hasMain = main.IsEmpty, hasPer = per.IsEmpty;
        for (int at = 0; at < name.Length;)
        {
            int start = at;
            while (at < name.Length && IsWord(name[at])) at++;
            ReadOnlySpan<byte> word = name[start..at];
            at++;
            if (word.IsEmpty) continue;
            hasMain |= word.SequenceEqual(main);
            hasPer |= word.SequenceEqual(per);
            if (!word.SequenceEqual(last)) AddWord(word);
        }
        if (!hasMain) AddWord(hasPer ? main : main.TrimEnd((byte)'_'));
        if (!hasPer) AddWord(per);
        if (!last.IsEmpty) AddWord(last);
        return _length > 0;
    }

    /// <summary>The name with something behind it, instead of the suffix set before.</summary>
    public ReadOnlySpan<byte> With(ReadOnlySpan<byte> suffix)
    {
        suffix.CopyTo(_text.AsSpan(_length));
        _suffix = suffix.Length;
        return Text;
    }

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == ':';

    private void AddWord(ReadOnlySpan<byte> word)
    {
        if (_length > 0 || char.IsAsciiDigit((char)word[0])) _text[_length++] = (byte)'_';
        word.CopyTo(_text.AsSpan(_length));
        _length += word.Length;
    }

    private void SetUnit(ReadOnlySpan<byte> main, ReadOnlySpan<byte> per)
    {
        main.CopyTo(_unit);
        _unitLength = main.Length;
        if (per.IsEmpty) return;
        if (_unitLength > 0) _unit[_unitLength++] = (byte)'_';
        per.CopyTo(_unit.AsSpan(_unitLength));
        _unitLength += per.Length;
    }

    /// <summary>`By/s` is bytes per second; what holds braces is a remark, no unit.</summary>
    private static void SplitUnit(ReadOnlySpan<byte> unit, ref Span<byte> main, ref Span<byte> per)
    {
        int slash = unit.IndexOf((byte)'/');
        ReadOnlySpan<byte> first = (slash < 0 ? unit : unit[..slash]).Trim((byte)' ');
        ReadOnlySpan<byte> second = slash < 0 ? default : unit[(slash + 1)..].Trim((byte)' ');
        main = main[..(IsUnit(first) ? Clean(OtlpUnits.NameOf(first), main) : 0)];
        if (!IsUnit(second))
        {
            per = default;
            return;
        }
        "per_"u8.CopyTo(per);
        int length = Clean(OtlpUnits.PerNameOf(second), per[4..]);
        per = per[..(4 + length)].TrimEnd((byte)'_');
        if (length == 0) per = default;
    }

    private static bool IsUnit(ReadOnlySpan<byte> unit) =>
        unit.Length is > 0 and <= MaxUnitBytes && unit.IndexOfAny((byte)'{', (byte)'}') < 0;

    /// <summary>Anything else becomes an underscore, several of them one, and none in front.</summary>
    private static int Clean(ReadOnlySpan<byte> unit, Span<byte> into)
    {
        int length = 0;
        foreach (byte b in unit)
        {
            if (IsWord(b)) into[length++] = b;
            else if (length > 0 && into[length - 1] != '_') into[length++] = (byte)'_';
        }
        return length;
    }
}
