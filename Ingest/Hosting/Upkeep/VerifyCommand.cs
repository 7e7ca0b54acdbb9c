using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using Slungd.Engine.Backups;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Upkeep;

/// <summary>`slungd verify`: reads all of a data directory or snapshot and reports every damage.</summary>
internal static class VerifyCommand
{
    public static Command Create()
    {
        Argument<string> directory = CheckedArgument.Path("DIR", "A data directory or a snapshot.");
        Command command = new("verify", "Check a data directory that no daemon holds, or a snapshot.") { directory };
        command.SetAction(result => OfflineStore.Guard(() => Run(result.GetValue(directory)!)));
        return command;
    }

    /// <summary>Verifies, with the damage on standard output; notes, too.</summary>
    public static Verification Verify(string directory)
    {
        ProgressLine? line = null;
        var verifier = new DirectoryVerifier(PosixDisk.Instance, directory, finding =>
            line!.WriteLine($"{(finding.IsProblem ? "damaged" : "note")}: {finding}"));
        using (line = new ProgressLine(seconds => Progress(verifier.Result, seconds), Console.Out,
            !Console.IsOutputRedirected, TimeProvider.System))
        {
            return verifier.Run();
        }
    }

    public static string Summary(Verification seen) => string.Create(CultureInfo.InvariantCulture,
        $"{seen.Segments} segments with {seen.Points} points in {seen.Pages} pages, {seen.LogPoints} points in the " +
        $"log, {seen.Bytes} bytes: {(seen.Problems == 0 ? "sound" : $"damaged, {Problems(seen)}")}");

    /// <summary>How many, in words.</summary>
    public static string Problems(Verification seen) =>
        string.Create(CultureInfo.InvariantCulture, $"{seen.Problems} {(seen.Problems == 1 ? "problem" : "problems")}");

    private static int Run(string directory)
    {
        directory = Path.GetFullPath(directory).TrimEnd('/');
        if (!Directory.Exists(directory)) throw new StoreOpenException($"{directory}: there is no such directory");
        string lockFile = directory + "/" + TimeSeriesStore.LockName;
        // Taken only where a daemon has been: a snapshot stays as it is.
        using IDisposable? held = File.Exists(lockFile) ? Take(lockFile, out string holder) : Free(out holder);
        if (held is null && holder.Length > 0)
        {
            throw new StoreOpenException(
                $"{directory} is in use by process {holder}: stop it, or verify a snapshot of it");
        }
        Verification seen = Verify(directory);
        Console.Out.WriteLine(Summary(seen));
        return seen.Problems == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    /// <summary>On a medium that can't be written to nobody else can, either.</summary>
    private static IDisposable? Take(string lockFile, out string holder)
    {
        try
        {
            IDisposable? held = PosixDisk.Instance.TryLock(lockFile, out holder);
            if (held is null && holder.Length == 0) holder = "?";
            return held;
        }
        catch (DiskException e) when (e.Fault is DiskFault.ReadOnly or DiskFault.Denied)
        {
            return Free(out holder);
        }
    }

    private static IDisposable? Free(out string holder)
    {
        holder = "";
        return null;
    }

    private static string Progress(Verification seen, long seconds) => string.Create(CultureInfo.InvariantCulture,
        $"{seen.Segments} of {seen.SegmentsTotal} segments, {seen.Pages} pages, {seconds} s");
}
