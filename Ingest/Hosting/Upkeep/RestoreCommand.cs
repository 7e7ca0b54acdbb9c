using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using Slungd.Engine.Backups;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Upkeep;

/// <summary>`slungd restore`: a data directory out of a snapshot.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        Argument<string> snapshot = CheckedArgument.Path("SNAPSHOT", "The snapshot's directory; it is only read.");
        Argument<string> data = CheckedArgument.Path("DIR", "The new data directory: absent or empty.");
        Command command = new("restore", "Make a data directory of a snapshot.") { snapshot, data };
        command.SetAction(result =>
            OfflineStore.Guard(() => Run(result.GetValue(snapshot)!, result.GetValue(data)!)));
        return command;
    }

    private static int Run(string snapshot, string data)
    {
        (snapshot, data) = (Path.GetFullPath(snapshot).TrimEnd('/'), Path.GetFullPath(data).TrimEnd('/'));
        if ((data + "/").StartsWith(snapshot + "/", StringComparison.Ordinal))
            throw new StoreOpenException($"{data} is inside of the snapshot, which must stay as it is");
        var restore = new SnapshotRestore(PosixDisk.Instance, snapshot, data);
        restore.Check();
        Verification seen = VerifyCommand.Verify(snapshot);
        if (seen.Problems > 0)
        {
            throw new StoreOpenException($"{snapshot} has {VerifyCommand.Problems(seen)}, and was not restored. " +
                "A copy of it serves what is sound: cp -a, then slungd --data");
        }
        using (new ProgressLine(seconds => Progress(restore, seconds))) restore.Run();
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{data}: {seen.Segments} segments, {seen.Points} points, {seen.Bytes} bytes"));
        return ExitCode.Done;
    }

    private static string Progress(SnapshotRestore restore, long seconds)
    {
        long share = restore.BytesTotal == 0 ? 0 : restore.BytesDone * 100 / restore.BytesTotal;
        return string.Create(CultureInfo.InvariantCulture,
            $"{restore.BytesDone >> 20} of {restore.BytesTotal >> 20} MiB copied, {share} %, {seconds} s");
    }
}
