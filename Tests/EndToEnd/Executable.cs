using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Runs a program to its end.</summary>
internal static class Executable
{
    /// <summary>Runs the daemon's executable with these arguments.</summary>
    public static Task<ProcessResult> Slungd(params string[] arguments) => Run(Binary.Path, arguments);

    /// <param name="program">A path, or a name on the PATH.</param>
    /// <param name="arguments">Passed as they are, without a shell.</param>
    /// <param name="input">Standard input; closed at once when null.</param>
    /// <param name="environment">Variables to add.</param>
    /// <param name="folder">The working directory, or this process' own.</param>
    /// <param name="patience">How long it may take; <see cref="Patience.Limit"/> when null.</param>
    public static async Task<ProcessResult> Run(string program, IEnumerable<string> arguments, string? input = null,
        IReadOnlyDictionary<string, string>? environment = null, string? folder = null, TimeSpan? patience = null)
    {
        using var process = new Process { StartInfo = StartInfo(program, arguments, environment, folder) };
        process.StartInfo.RedirectStandardInput = true;
        process.Start();
        using var limit = new CancellationTokenSource(patience ?? Patience.Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return new ProcessResult(process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            TimeSpan most = patience ?? Patience.Limit;
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} ran longer than {most}");
        }
    }

    /// <summary>Settings shared by all child processes: nothing of the caller's configuration leaks in.</summary>
    public static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment, string? folder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
        };
        foreach (string name in new List<string>(start.Environment.Keys))
        {
            if (name.StartsWith("SLUNGD_", StringComparison.Ordinal)) start.Environment.Remove(name);
        }
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return start;
    }
}
