using System;

namespace Slungd.Native.Wasmtime;

/// <summary>A compiled module. Instances keep what they need of it.</summary>
internal sealed unsafe class LibraryModule(WasmtimeLibrary library, nint module) : IDisposable
{
    private nint _module = module;

    public nint Address => _module;

    public void Dispose()
    {
        if (_module != 0) library.ModuleDelete(_module);
        _module = 0;
    }
}
