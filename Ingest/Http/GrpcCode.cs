namespace Slungd.Ingest.Http;

/// <summary>Codes of google.rpc.Code that are used here.</summary>
internal enum GrpcCode
{
    Ok = 0,
    InvalidArgument = 3,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}
