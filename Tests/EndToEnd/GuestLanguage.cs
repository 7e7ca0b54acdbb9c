using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Slungd.Tests.Tidy;

namespace Slungd.Tests.EndToEnd;

/// <summary>A language that has a folder in Workflows/Sdk, and the tool chain that this machine may have for it.
/// </summary>
/// <param name="Name">As <see cref="Find"/> wants it.</param>
/// <param name="Folder">Of its sources.</param>
/// <param name="Extension">Of its sources.</param>
/// <param name="Compiler">A path; null when there is none.</param>
/// <param name="Arguments">Between the compiler and the source.</param>
/// <param name="Needs">What would have to be installed.</param>
internal sealed record GuestLanguage(string Name, string Folder, string Extension, string? Compiler, string Arguments,
    string Needs)
{
    public const string C = "C", CWithLibc = "C with wasi-libc", Rust = "Rust", RustForWasi = "Rust for WASI",
        AssemblyScript = "AssemblyScript";

    // The SDK's sources are to compile without a warning.
    private const string Strict = "-Os -Wall -Wextra -Wpedantic -Werror";
    private const string RustArguments =
        "--edition 2021 --crate-type cdylib -O -C panic=abort -C strip=debuginfo -D warnings";
    private const string Bare = "--target=wasm32 -nostdlib -ffreestanding -mbulk-memory -Wl,--no-entry";
    private const string ClangPackages = "clang and lld are not installed (Debian: clang lld)";
    private const string RustPackages = "rustc for wasm32 is not installed (Debian: rustc libstd-rust-dev-wasm32)";

    private static readonly GuestLanguage[] s_all =
    [
        new(C, "c", "c", Clang(), $"{Bare} {Strict}", ClangPackages),
        new(CWithLibc, "c", "c", File.Exists("/usr/lib/wasm32-wasi/libc.a") ? Clang() : null,
            $"--target=wasm32-wasi -mexec-model=reactor {Strict}",
            "wasi-libc is not installed (Debian: wasi-libc libclang-rt-dev-wasm32)"),
        new(Rust, "rust", "rs", Rustc("wasm32-unknown-unknown"), $"--target wasm32-unknown-unknown {RustArguments}",
            RustPackages),
        new(RustForWasi, "rust", "rs", Rustc("wasm32-wasi"), $"--target wasm32-wasi {RustArguments}", RustPackages),
        new(AssemblyScript, "assemblyscript", "ts", Programs.Find("asc").FirstOrDefault(), "-O",
            "asc is not on the PATH (npm install assemblyscript)"),
    ];

    /// <summary>Of all languages, by name.</summary>
    public static GuestLanguage Find(string name) => s_all.Single(language => language.Name == name);

    /// <summary>The command that compiles a source.</summary>
    public IEnumerable<string> Command(string source, string module) =>
        [.. Arguments.Split(' '), source, Extension == "ts" ? "--outFile" : "-o", module];

    /// <summary>A source of the SDK.</summary>
    public string Source(string example) =>
        Path.Combine(Repository.Root, "Workflows", "Sdk", Folder, $"{example}.{Extension}");

    private static string? Clang() =>
        Programs.Has("wasm-ld") ? Programs.Find("clang").FirstOrDefault() : null;

    /// <summary>Not every rustc has a library for the target: rustup's may come first and have none.</summary>
    private static string? Rustc(string target) => Programs.Find("rustc").FirstOrDefault(compiler =>
    {
        ProcessResult answer = Executable.Run(compiler, ["--print", "target-libdir", "--target", target])
            .GetAwaiter().GetResult();
        return answer.ExitCode == 0 && Directory.Exists(answer.Output.Trim());
    });
}
