using System;

namespace Slungd.Tests.Fuzz;

/// <summary>Takes any bytes; throws when a promised property does not hold.</summary>
internal delegate void FuzzAction(ReadOnlySpan<byte> input);

/// <param name="Name">What `./build.sh fuzz` calls it.</param>
/// <param name="Run">The property.</param>
/// <param name="Seeds">Well-formed inputs to start from; random bytes alone rarely get past a first check.</param>
internal sealed record FuzzTarget(string Name, FuzzAction Run, byte[][] Seeds);
