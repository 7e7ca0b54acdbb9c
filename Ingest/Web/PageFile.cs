using System;
using System.IO;
using System.IO.Compression;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Web;

/// <summary>One file of the page, gzipped into the executable by the build (slungd.csproj, target PackPage). Read when
/// it is first asked for: a daemon whose page nobody opens has none of it in memory.</summary>
internal sealed class PageFile
{
    private PageFile(string name, byte[] packed)
    {
        Packed = packed;
        ContentType = TypeOf(name);
        // Weak (RFC 9110, section 8.8.1): it stands for the packed and the plain bytes.
        Tag = $"W/\"{Crc32C.Of(packed):x8}-{packed.Length:x}\"";
    }

    /// <summary>Gzip.</summary>
    public byte[] Packed { get; }

    public string ContentType { get; }

    /// <summary>Value of the ETag header.</summary>
    public string Tag { get; }

    /// <summary>Null when there is no such file.</summary>
    public static PageFile? Find(string name)
    {
        using Stream? stream = typeof(PageFile).Assembly.GetManifestResourceStream("page/" + name);
        if (stream is null) return null;
        byte[] packed = new byte[stream.Length];
        stream.ReadExactly(packed);
        return new PageFile(name, packed);
    }

    /// <summary>For the rare client that takes no gzip.</summary>
    public byte[] Unpack()
    {
        using GZipStream gzip = new(new MemoryStream(Packed), CompressionMode.Decompress);
        MemoryStream plain = new();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new ArgumentException($"no content type is known for {name}", nameof(name)),
    };
}
