using System;

namespace Slungd.Workflows.Supervisor;

/// <param name="Time">When it was complete.</param>
/// <param name="Stream">1 or 2 as the guest has it; 0: the host says it.</param>
/// <param name="Text">Without control characters.</param>
internal readonly record struct LogLine(DateTimeOffset Time, int Stream, string Text);
