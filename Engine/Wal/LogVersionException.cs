using System;

namespace Slungd.Engine.Wal;

/// <summary>A newer program wrote the log: it is left alone.</summary>
internal sealed class LogVersionException(string path)
    : Exception($"{path} was written by a newer program: use that one");
