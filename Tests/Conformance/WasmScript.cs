using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;

namespace Slungd.Tests.Conformance;

/// <summary>Runs one folder of the suite: the commands of its JSON file in order, in one store. Says what was not as
/// expected, with the line in the suite's source.</summary>
internal sealed class WasmScript : IDisposable
{
    private readonly IReadOnlyDictionary<string, byte[]> _files;
    private readonly EmbeddedEngine _engine = new(new ByteBudget(1L << 30));
    private readonly EmbeddedStore _store;
    private readonly WasmImports _imports = new();
    private readonly Dictionary<string, IWasmInstance> _named = [];
    private readonly Dictionary<string, IReadOnlyList<WasmExport>> _exports = [];
    private readonly List<(IWasmInstance Instance, IReadOnlyList<WasmExport> Exports)> _all = [];
    private readonly List<IWasmModule> _modules = [];

    public WasmScript(IReadOnlyDictionary<string, byte[]> files)
    {
        _files = files;
        _store = _engine.CreateStore(new WasmBudget(new ByteBudget(64L << 30))
        {
            MemoryBytes = 4L << 30, TableElements = 10_000_000,
        });
        WasmSpectest.AddTo(_imports, _store);
    }

    public List<string> Failures { get; } = [];

    public int Passed { get; private set; }

    /// <summary>Modules in the text format, which no engine of binaries reads.</summary>
    public int Skipped { get; private set; }

    public void Run(string name)
    {
        using JsonDocument list = JsonDocument.Parse(_files[name + ".json"]);
        foreach (JsonElement command in list.RootElement.GetProperty("commands").EnumerateArray())
        {
            string type = Text(command, "type");
            if (Text(command, "module_type") == "text")
            {
                Skipped++;
                continue;
            }
            string? failure = Do(type, command);
            if (failure is null) Passed++;
            else Failures.Add($"{name}.wast:{command.GetProperty("line")}: {type}: {failure}");
        }
    }

    public void Dispose()
    {
        _store.Dispose();
        foreach (IWasmModule module in _modules) module.Dispose();
    }

    private string? Do(string type, JsonElement command) => type switch
    {
        "module" => Load(command),
        "register" => Register(command),
        "action" => Act(command, out _) is { } trap ? $"trapped: {trap}" : null,
        "assert_return" => Return(command),
        "assert_trap" or "assert_exhaustion" => Act(command, out _) is { } trap
            ? Same(trap.Message, command) : "returned",
        "assert_invalid" => Refused(command, WasmErrorKind.Invalid),
        "assert_malformed" => Refused(command, WasmErrorKind.Malformed),
        "assert_unlinkable" => NotInstantiated(command, WasmErrorKind.Link),
        "assert_uninstantiable" => NotInstantiated(command, WasmErrorKind.Trap),
        _ => "unknown command",
    };

    private IWasmModule? Compile(JsonElement command, out WasmError? error)
    {
        IWasmModule? module = _engine.TryCompile(_files[Text(command, "filename")], out error);
        if (module is not null) _modules.Add(module);
        return module;
    }

    private string? Load(JsonElement command)
    {
        if (Compile(command, out WasmError? error) is not { } module) return $"refused: {error}";
        if (_store.TryInstantiate(module, _imports, out error) is not { } instance) return $"not made: {error}";
        _all.Add((instance, module.Exports));
        if (Text(command, "name") is { Length: > 0 } name)
        {
            _named[name] = instance;
            _exports[name] = module.Exports;
        }
        return null;
    }

    private string? Register(JsonElement command)
    {
        string name = Text(command, "name"), as_ = Text(command, "as");
        (IWasmInstance instance, IReadOnlyList<WasmExport> exports) =
            name.Length > 0 ? (_named[name], _exports[name]) : _all[^1];
        foreach (WasmExport export in exports) _imports.Add(as_, export.Name, instance.Find(export.Name)!);
        return null;
    }

    private string? Refused(JsonElement command, WasmErrorKind kind)
    {
        if (Compile(command, out WasmError? error) is not null) return $"accepted; expected {Text(command, "text")}";
        return error!.Kind == kind ? null : $"{error.Kind}: {error}; expected {Text(command, "text")}";
    }

    private string? NotInstantiated(JsonElement command, WasmErrorKind kind)
    {
        if (Compile(command, out WasmError? error) is not { } module) return $"refused: {error}";
        if (_store.TryInstantiate(module, _imports, out error) is not null) return "was made";
        return error!.Kind == kind ? Same(error.Message, command) : $"{error.Kind}: {error}";
    }

    // Expected texts are beginnings, as in the specification's own interpreter.
    private static string? Same(string message, JsonElement command) =>
        message.StartsWith(Text(command, "text"), StringComparison.Ordinal)
            ? null : $"'{message}', expected '{Text(command, "text")}'";

    private string? Return(JsonElement command)
    {
        if (Act(command, out WasmValue[] results) is { } trap) return $"trapped: {trap}";
        JsonElement[] expected = [.. command.GetProperty("expected").EnumerateArray()];
        if (expected.Length != results.Length) return $"{results.Length} results, expected {expected.Length}";
        for (int i = 0; i < expected.Length; i++)
        {
            if (!WasmLiterals.Matches(results[i], expected[i])) return $"{results[i]}, expected {expected[i]}";
        }
        return null;
    }

    private WasmTrap? Act(JsonElement command, out WasmValue[] results)
    {
        JsonElement action = command.GetProperty("action");
        string module = Text(action, "module");
        IWasmInstance instance = module.Length > 0 ? _named[module] : _all[^1].Instance;
        IWasmExtern target = instance.Find(Text(action, "field"))
            ?? throw new InvalidOperationException($"no export {Text(action, "field")}");
        if (target is IWasmGlobal global)
        {
            results = [global.Value];
            return null;
        }
        var function = (IWasmFunction)target;
        WasmValue[] arguments = [.. action.GetProperty("args").EnumerateArray().Select(WasmLiterals.Read)];
        results = new WasmValue[function.Signature.Results.Length];
        return function.Call(arguments, results);
    }

    private static string Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out JsonElement value) ? value.GetString()! : "";
}
