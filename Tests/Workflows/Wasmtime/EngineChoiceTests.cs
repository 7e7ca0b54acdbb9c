using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Slungd.Native.Memory;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;
using Slungd.Workflows.Wasmtime;
using Xunit;

namespace Slungd.Tests.Workflows.Wasmtime;

/// <summary>Which library is taken, which is not, and what is said about it.</summary>
public sealed class EngineChoiceTests : ILogger
{
    private readonly List<(LogLevel Level, string Text)> _lines = [];
    private readonly ByteBudget _code = new(1 << 20);

    [Fact]
    public void Structures_have_the_sizes_of_the_header()
    {
        Assert.Equal(32, Unsafe.SizeOf<LibraryValue>());
        Assert.Equal(32, Unsafe.SizeOf<LibraryExtern>());
        Assert.Equal(16, Unsafe.SizeOf<LibraryInstance>());
        Assert.Equal(16, Unsafe.SizeOf<LibraryVector>());
    }

    [Fact]
    public void The_proof_holds_for_the_embedded_engine() => Assert.Null(EngineProof.Check(new EmbeddedEngine(_code)));

    [Fact]
    public void Without_a_library_auto_says_so_and_wasmtime_is_refused()
    {
        Assert.IsType<EmbeddedEngine>(EngineChoice.Create("auto", "/nowhere/libwasmtime.so", _code, this));
        Assert.Equal((LogLevel.Warning, "workflows run on the embedded engine: /nowhere/libwasmtime.so can't be loaded:"
            + " cannot open shared object file: No such file or directory"), Assert.Single(_lines));
        var refused = Assert.Throws<EngineUnavailableException>(() =>
            EngineChoice.Create("wasmtime", "/nowhere/libwasmtime.so", _code, this));
        Assert.Equal("--wasm-engine wasmtime: /nowhere/libwasmtime.so can't be loaded: cannot open shared object file: "
            + "No such file or directory (SLUNGD_WASMTIME_LIB may name its file)", refused.Message);
    }

    [Fact]
    public void Embedded_looks_for_no_library()
    {
        Assert.IsType<EmbeddedEngine>(EngineChoice.Create("embedded", "/nowhere/libwasmtime.so", _code, this));
        Assert.Empty(_lines);
    }

    [StandInFact]
    public void A_library_is_taken_and_named()
    {
        using StandIn library = new();
        foreach (string choice in (string[])["auto", "wasmtime"])
        {
            IWasmEngine engine = EngineChoice.Create(choice, library.Path, _code, this);
            Assert.Equal("wasmtime", engine.Name);
            Assert.IsType<WasmtimeEngine>(engine).Dispose();
        }
        Assert.Equal((LogLevel.Information, $"workflows run on Wasmtime: {library.Path}"), _lines[0]);
        Assert.Equal(2, _lines.Count);
    }

    [StandInTheory]
    [InlineData("OMIT_MARKER", " is older than Wasmtime 44: it has no wasmtime_config_concurrency_support_set")]
    [InlineData("OMIT_TRACE", " can't be used: it has no wasm_trap_trace")]
    [InlineData("WIDE_VALUES", " does not behave as Wasmtime 44 does: a call's arguments ")]
    public void A_library_that_does_not_fit_is_refused(string define, string why)
    {
        using StandIn library = new(define);
        var refused = Assert.Throws<EngineUnavailableException>(() =>
            EngineChoice.Create("wasmtime", library.Path, _code, this));
        Assert.StartsWith($"--wasm-engine wasmtime: {library.Path}{why}", refused.Message, StringComparison.Ordinal);
        Assert.IsType<EmbeddedEngine>(EngineChoice.Create("auto", library.Path, _code, this));
        Assert.Equal(LogLevel.Warning, Assert.Single(_lines).Level);
    }

    [Fact]
    public void Any_other_library_is_refused()
    {
        string? other = Array.Find(["libc.so.6", "libc.musl-x86_64.so.1"], static name =>
            System.Runtime.InteropServices.NativeLibrary.TryLoad(name, out _));
        if (other is null) return;
        Assert.Null(WasmtimeLibrary.TryLoad(other, out string error));
        Assert.Equal($"{other} is not Wasmtime: it has no wasm_config_new", error);
        string text = Path.GetTempFileName();
        Assert.Null(WasmtimeLibrary.TryLoad(text, out error));
        Assert.StartsWith($"{text} can't be loaded: ", error, StringComparison.Ordinal);
        File.Delete(text);
    }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => true;

    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter) => _lines.Add((logLevel, formatter(state, exception)));
}
