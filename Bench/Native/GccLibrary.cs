using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Slungd.Bench.Native;

/// <summary>Compiles a C reference for this very machine and loads it.</summary>
internal static class GccLibrary
{
    /// <summary>The C file of the same name beside the calling C# file.</summary>
    public static string SourceOfCaller([CallerFilePath] string path = "") => Path.ChangeExtension(path, ".c");

    /// <summary>The loaded library; null when there is no gcc or it fails, and then there is no reference.</summary>
    public static nint? TryLoad(string source)
    {
        string name = $"slungd-{Path.GetFileNameWithoutExtension(source)}-{Environment.ProcessId}.so";
        string library = Path.Combine(Path.GetTempPath(), name);
        try
        {
            string[] flags = ["-O3", "-march=native", "-ffp-contract=off", "-shared", "-fPIC", "-o", library, source];
            using Process compiler = Process.Start("gcc", flags);
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? NativeLibrary.Load(library) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no gcc here
        }
        finally
        {
            File.Delete(library);
        }
    }
}
