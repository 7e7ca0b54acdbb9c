using System;

namespace Slungd.Workflows.Wasmtime;

/// <summary>The engine that was asked for can't be had on this machine.</summary>
internal sealed class EngineUnavailableException(string message) : Exception(message);
