namespace Slungd.Workflows.Abi;

/// <summary>Answers of WASI preview 1 (wasi_snapshot_preview1.witx, "errno").</summary>
internal enum Errno
{
    Success = 0,
    BadFile = 8,
    Fault = 21,
    Invalid = 28,
    NotOffered = 52,
    NotSeekable = 70,
}
