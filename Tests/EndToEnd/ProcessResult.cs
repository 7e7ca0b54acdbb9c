namespace Slungd.Tests.EndToEnd;

/// <summary>How a process ended and what it said. A signal's exit code is 128 + its number.</summary>
internal sealed record ProcessResult(int ExitCode, string Output, string Error);
