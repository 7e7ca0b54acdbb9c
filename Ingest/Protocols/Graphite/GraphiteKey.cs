using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text.Unicode;

namespace Slungd.Ingest.Protocols.Graphite;

/// <summary>Makes the wire key of a path, with tags or without
/// (graphite.readthedocs.io/en/latest/tags.html): `servers.web01.load;region=eu`. The first template whose filter fits
/// takes the path apart; without one it is the name as it is. One thread; reused.</summary>
internal sealed class GraphiteKey(IReadOnlyList<GraphiteTemplate> templates)
{
    /// <summary>The longest path; with what templates add, a key stays far below its limits.</summary>
    public const int MaxPathBytes = 16_384;

    private const int HeaderBytes = 2 * sizeof(ushort);
    private const int MaxParts = 256;

    private readonly Range[] _parts = new Range[MaxParts];
    private byte[] _wire = new byte[1024];
    private int _length;
    private int _tags;

    /// <summary>False when the path is none.</summary>
    /// <param name="path">As it was sent.</param>
    /// <param name="wire">Valid until the next call.</param>
    public bool TryRead(ReadOnlySpan<byte> path, out ReadOnlySpan<byte> wire)
    {
        wire = default;
        int semicolon = path.IndexOf((byte)';');
        ReadOnlySpan<byte> name = semicolon < 0 ? path : path[..semicolon];
        if (name.IsEmpty || path.Length > MaxPathBytes || !Utf8.IsValid(path)) return false;
        (_length, _tags) = (HeaderBytes, 0);
        WriteName(name);
        while (semicolon >= 0)
        {
            path = path[(semicolon + 1)..];
            semicolon = path.IndexOf((byte)';');
            ReadOnlySpan<byte> tag = semicolon < 0 ? path : path[..semicolon];
            int equals = tag.IndexOf((byte)'=');
            if (equals <= 0 || equals == tag.Length - 1) return false;
            int start = BeginTag();
            Write(tag);
            EndTag(start);
        }
        BinaryPrimitives.WriteUInt16LittleEndian(_wire.AsSpan(sizeof(ushort)), (ushort)_tags);
        wire = _wire.AsSpan(0, _length);
        return true;
    }

    private void WriteName(ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<Range> parts = templates.Count > 0 ? Split(name) : default;
        GraphiteTemplate? template = null;
        for (int i = 0; i < templates.Count && template is null; i++)
            if (templates[i].Fits(name, parts)) template = templates[i];
        if (template is not null) WriteParts(name, parts, template.Name);
        if (_length == HeaderBytes) Write(name); // no template, or a path too short for it
        BinaryPrimitives.WriteUInt16LittleEndian(_wire, (ushort)(_length - HeaderBytes));
        if (template is not null) WriteTags(name, parts, template);
    }

    private void WriteTags(ReadOnlySpan<byte> name, ReadOnlySpan<Range> parts, GraphiteTemplate template)
    {
        foreach ((byte[] key, int[] partsOfTag) in template.Tags)
        {
            int start = BeginTag();
            Write(key);
            Write("="u8);
            int empty = _length;
            WriteParts(name, parts, partsOfTag);
            if (_length > empty) EndTag(start);
            else _length = start;
        }
        foreach (byte[] constant in template.Constants)
        {
            int start = BeginTag();
            Write(constant);
            EndTag(start);
        }
    }

    /// <summary>Joins those of the parts that there are.</summary>
    private void WriteParts(ReadOnlySpan<byte> name, ReadOnlySpan<Range> parts, ReadOnlySpan<int> chosen)
    {
        int start = _length;
        foreach (int choice in chosen)
        {
            int first = choice < 0 ? ~choice : choice, last = choice < 0 ? parts.Length - 1 : choice;
            for (int i = first; i <= last && i < parts.Length; i++)
            {
                if (name[parts[i]].IsEmpty) continue;
                if (_length > start) Write("_"u8);
                Write(name[parts[i]]);
            }
        }
    }

    /// <summary>At the dots; what is beyond the last part that there may be stays with it.</summary>
    private ReadOnlySpan<Range> Split(ReadOnlySpan<byte> name)
    {
        int count = 0, start = 0;
        while (count < MaxParts)
        {
            int dot = count == MaxParts - 1 ? -1 : name[start..].IndexOf((byte)'.');
            int end = dot < 0 ? name.Length : start + dot;
            _parts[count++] = start..end;
            if (dot < 0) break;
            start = end + 1;
        }
        return _parts.AsSpan(0, count);
    }

    private int BeginTag()
    {
        int start = _length;
        Write([0, 0]);
        return start;
    }

    private void EndTag(int start)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_wire.AsSpan(start), (ushort)(_length - start - sizeof(ushort)));
        _tags++;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        int length = _length + bytes.Length;
        if (_wire.Length < length) Array.Resize(ref _wire, Math.Max(length, 2 * _wire.Length));
        bytes.CopyTo(_wire.AsSpan(_length));
        _length += bytes.Length;
    }
}
