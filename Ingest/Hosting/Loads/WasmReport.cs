using System;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>What `slungd bench --wasm` came to.</summary>
internal sealed record WasmReport : Report
{
    /// <summary>Per instruction (of the host's kernel: per call) of each of <see cref="WasmKernel.All"/>.</summary>
    public required double[] Nanoseconds { get; init; }

    /// <summary>A store with one small instance, its first call, and its end.</summary>
    public double InstantiateMicroseconds { get; init; }

    /// <summary>A store with one small instance: native memory, of which a page is the guest's, and objects.</summary>
    public long InstanceBytes { get; init; }

    /// <summary>Of the module that is validated and translated.</summary>
    public long ModuleBytes { get; init; }

    /// <summary>Its translated code.</summary>
    public long CodeBytes { get; init; }

    public double ValidateSeconds { get; init; }

    public double TranslateSeconds { get; init; }

    /// <summary>NativeAOT or JIT: the same code is not as fast in both.</summary>
    public static string Runtime => RuntimeFeature.IsDynamicCodeCompiled ? "JIT" : "native";

    protected override void WriteLines(Action<FormattableString> line)
    {
        for (int i = 0; i < Nanoseconds.Length; i++)
        {
            WasmKernel kernel = WasmKernel.All[i];
            string unit = kernel.CallsHost ? "a call of the host and back" : "a WebAssembly instruction";
            line($"{kernel.Name,-12} {Nanoseconds[i],6:F3} ns {unit}");
        }
        line($"instance     {InstantiateMicroseconds,6:F1} us to make, call once and drop, {InstanceBytes:N0} bytes");
        line($"module       {ModuleBytes:N0} bytes: validated at {Rate(ValidateSeconds):F0} MB/s,");
        line($"             translated at {Rate(TranslateSeconds):F0} MB/s into {CodeBytes:N0} bytes");
        line($"runtime      {Runtime}");
    }

    protected override void WriteMembers(Utf8JsonWriter json)
    {
        for (int i = 0; i < Nanoseconds.Length; i++)
            json.WriteNumber($"{WasmKernel.All[i].Name}_ns", Math.Round(Nanoseconds[i], 4));
        json.WriteNumber("instantiate_us"u8, Math.Round(InstantiateMicroseconds, 2));
        json.WriteNumber("instance_bytes"u8, InstanceBytes);
        json.WriteNumber("module_bytes"u8, ModuleBytes);
        json.WriteNumber("code_bytes"u8, CodeBytes);
        json.WriteNumber("validate_mb_per_s"u8, Math.Round(Rate(ValidateSeconds), 1));
        json.WriteNumber("translate_mb_per_s"u8, Math.Round(Rate(TranslateSeconds), 1));
        json.WriteString("runtime"u8, Runtime);
    }

    private double Rate(double seconds) => ModuleBytes / seconds / 1e6;
}
