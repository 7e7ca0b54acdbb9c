using System;
using System.IO;

namespace Slungd.Native.Os;

/// <summary>Where the process was started, or moved to.</summary>
internal static class WorkingDirectory
{
    /// <summary>Its absolute path; "." where it has none any more: somebody removed the directory, or one above it
    /// may not be read. Absolute paths work there, too.</summary>
    public static string Path
    {
        get
        {
            try { return Directory.GetCurrentDirectory(); }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return "."; // what is looked for in it is then not found, as it should be
            }
        }
    }
}
