using System;

namespace Slungd.Tests.Sim;

/// <summary>The simulated machine went down in the middle of a call. Nothing in the product knows it, so it passes
/// through to the test, which restarts the disk and opens everything anew.</summary>
internal sealed class SimCrashException(string call) : Exception($"the simulated machine went down at {call}");
