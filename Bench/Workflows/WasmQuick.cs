using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using Slungd.Bench.EndToEnd;
using Slungd.Ingest.Hosting.Loads;

namespace Slungd.Bench.Workflows;

/// <summary>`--quick wasm`: the kernels of `slungd bench --wasm`, in the published executable (SLUNGD_BINARY) where
/// there is one, else in this process; and in `wasm-interp` of wabt, where that is installed: the difference between
/// so many rounds and twice as many, so that its start drops out. All in turns; the best of several rounds.</summary>
internal static class WasmQuick
{
    private const double UsualPoints = 1_000_000;

    public static void Run(int points, int rounds)
    {
        double scale = points / UsualPoints;
        string? interpreter = FindInterpreter();
        if (interpreter is null) Console.WriteLine("no ratio: needs wasm-interp of wabt in PATH (Debian: wabt)");
        int count = WasmKernel.All.Count;
        var ours = new double[count];
        var theirs = new double[count];
        Array.Fill(ours, double.MaxValue);
        Array.Fill(theirs, double.MaxValue);
        for (int round = 0; round < Math.Min(rounds, 5); round++)
        {
            double[] now = scale < 1 || RunningDaemon.Binary is not { } binary
                ? WasmSpeed.Run(1, scale).Nanoseconds : Published(binary);
            for (int i = 0; i < count; i++)
            {
                ours[i] = Math.Min(ours[i], now[i]);
                if (interpreter is null || WasmKernel.All[i].CallsHost) continue;
                theirs[i] = Math.Min(theirs[i], Interpreted(interpreter, WasmKernel.All[i], scale));
            }
        }
        for (int i = 0; i < count; i++)
        {
            string line = $"{WasmKernel.All[i].Name,-12} {ours[i],7:F3} ns";
            if (theirs[i] < double.MaxValue)
                line += $"  wasm-interp {theirs[i],7:F3} ns  {theirs[i] / ours[i],5:F1} times as long";
            Console.WriteLine(line);
        }
        string report = scale < 1 || RunningDaemon.Binary is not { } program
            ? WasmSpeed.Run(1, Math.Min(scale, 0.1)).ToText() : Output(program, "bench --wasm");
        Console.Write(report[report.IndexOf("instance", StringComparison.Ordinal)..]);
    }

    private static double[] Published(string binary)
    {
        using JsonDocument report = JsonDocument.Parse(Output(binary, "bench --wasm --json"));
        return [.. WasmKernel.All.Select(k => report.RootElement.GetProperty($"{k.Name}_ns").GetDouble())];
    }

    private static double Interpreted(string interpreter, WasmKernel kernel, double scale)
    {
        int times = (int)Math.Max(1, kernel.Rounds * scale);
        TimeSpan once = Time(times), twice = Time(2 * times);
        return (twice - once).TotalNanoseconds / (kernel.Instructions(2 * times) - kernel.Instructions(times));

        TimeSpan Time(int count)
        {
            string file = Path.GetTempFileName();
            File.WriteAllBytes(file, kernel.Module(count));
            long start = Stopwatch.GetTimestamp();
            string output = Output(interpreter, $"{file} --run-all-exports");
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            File.Delete(file);
            if (!output.Contains("run() => i32:", StringComparison.Ordinal))
                throw new InvalidOperationException($"wasm-interp: {output}");
            return elapsed;
        }
    }

    private static string? FindInterpreter() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(static d => Path.Combine(d, "wasm-interp")).FirstOrDefault(File.Exists);

    private static string Output(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
        })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
